import type { z } from 'zod';
import { jobId, money, receiptId } from '../../src/contract/fields.ts';
import { jobIdOf, ocrOf } from '../../src/contract/job.ts';

/** A value that a field does not take in any reading stays as it was sent: the field's own check refuses and names it. */
export const ABSENT = Symbol('absent');

type Kind = 'job id' | 'receipt id' | 'amount' | 'int' | 'flag' | 'choice' | 'text' | 'list' | 'other';

interface FieldForm {
  readonly kind: Kind;
  /** Of a choice. */
  readonly choices: readonly string[];
  /** Of a list. */
  readonly element: z.core.$ZodType | undefined;
}

/**
 * What a host sent for one field → what the field takes, where that has exactly one reading: digits as text, `"true"`,
 * a choice in capitals, `"ocr-17"` for receipt 17 and the other way round, one value for a list and a list of one.
 * @returns ABSENT for null, and for an empty text: hosts fill in every optional field
 */
export function readValue(field: z.core.$ZodType, sent: unknown): unknown {
  if (sent === null || sent === undefined) return ABSENT;
  const { kind, choices, element } = formOf(field);
  if (kind === 'list') return readList(element, sent);
  const [only] = Array.isArray(sent) && sent.length === 1 ? sent : [sent];
  if (typeof only !== 'string') return READ_OTHER[kind]?.(only) ?? sent;
  const text = kind === 'text' ? only : unquoted(only);
  if (text.trim() === '') return ABSENT;
  if (kind !== 'text' && NOTHING.test(text)) return ABSENT;
  return READ_TEXT[kind]?.(text, choices) ?? only;
}

function readList(element: z.core.$ZodType | undefined, sent: unknown): unknown {
  const value = typeof sent === 'string' ? (listFromText(sent) ?? sent) : sent;
  if (typeof value === 'string' && value.trim() === '') return ABSENT;
  const list = Array.isArray(value) ? value : [value];
  return element === undefined ? list : list.map((entry) => presentOr(readValue(element, entry), entry));
}

const presentOr = (value: unknown, sent: unknown) => (value === ABSENT ? sent : value);

function listFromText(text: string): unknown[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What languages write for "no value", where a host turned it into text; no field but free text takes these words. */
const NOTHING = /^(null|none|undefined)$/i;

const DIGITS = /^\+?(\d{1,17})(?:\.0*)?$/;
const NEGATIVE = /^-(\d{1,17})(?:\.0*)?$/;
/** `ocr-17.2`, `OCR 17`, `job ocr-17`, `receipt 17`, `#17`, `17`. */
const ID = /^(?:(?:job|receipt)(?:[ _-]?id)?[\s:#=_-]*)?(?:ocr[\s_-]*)?#?0*([1-9]\d{0,9})(?:\.0*([1-9]\d{0,8}))?$/i;

type ReadText = (text: string, choices: readonly string[]) => unknown;

const READ_TEXT: Readonly<Partial<Record<Kind, ReadText>>> = {
  'job id': (text) => {
    const [, receipt, generation] = ID.exec(text) ?? [];
    if (receipt === undefined) return undefined;
    const id = jobIdOf(ocrOf(Number(receipt)));
    return generation === undefined ? id : `${id}.${Number(generation)}`;
  },
  // The generation in a job's id says nothing about its receipt; without the job, "17.5" is a fraction.
  'receipt id': (text) => numberFrom(text) ?? (/^\d+\./.test(text) ? undefined : ownNumber(ID.exec(text)?.[1])),
  amount: (text) => text,
  int: numberFrom,
  flag: (text) => (/^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined),
  choice: (text, choices) => choices.find((choice) => choice.toLowerCase() === text.toLowerCase()),
};

/** Below it a number is written without an exponent, and its hundredths are exact. */
const MAX_AMOUNT = 1e12;

const READ_OTHER: Readonly<Partial<Record<Kind, (value: unknown) => unknown>>> = {
  // A fraction is no generation: 17.1 may have been 17.10.
  'job id': (value) => (Number.isSafeInteger(value) && Number(value) > 0 ? jobIdOf(ocrOf(Number(value))) : undefined),
  'receipt id': (value) => value,
  amount: (value) => (typeof value === 'number' && Math.abs(value) < MAX_AMOUNT ? String(value) : undefined),
  int: (value) => value,
  flag: (value) => value,
};

function numberFrom(text: string): number | undefined {
  const positive = ownNumber(DIGITS.exec(text)?.[1]);
  if (positive !== undefined) return positive;
  const negative = ownNumber(NEGATIVE.exec(text)?.[1]);
  return negative === undefined ? undefined : -negative;
}

const ownNumber = (digits: string | undefined) => (digits === undefined ? undefined : Number(digits));

/** `"\"ocr-1\""`: some hosts write a text as JSON once too often. */
function unquoted(text: string): string {
  const trimmed = text.trim();
  return /^(["'`]).*\1$/s.test(trimmed) && trimmed.length > 1 ? trimmed.slice(1, -1).trim() : trimmed;
}

const [MONEY_CHECK] = money._zod.def.checks ?? [];

function formOf(field: z.core.$ZodType): FieldForm {
  const { def } = field._zod as z.core.$ZodTypes['_zod'];
  if (def.type === 'optional' || def.type === 'nullable' || def.type === 'default') return formOf(def.innerType);
  const none = { choices: [], element: undefined };
  // A field that was only described anew keeps its definition.
  if (def === jobId._zod.def) return { kind: 'job id', ...none };
  if (def === receiptId._zod.def) return { kind: 'receipt id', ...none };
  switch (def.type) {
    case 'number':
      return { kind: 'int', ...none };
    case 'boolean':
      return { kind: 'flag', ...none };
    case 'literal':
      return { kind: def.values.every((value) => typeof value === 'boolean') ? 'flag' : 'other', ...none };
    case 'enum':
      return { kind: 'choice', choices: Object.values(def.entries).map(String), element: undefined };
    case 'array':
      return { kind: 'list', choices: [], element: def.element };
    case 'string':
      // Whatever else an amount must be, it has the check of all money.
      return { kind: MONEY_CHECK && def.checks?.includes(MONEY_CHECK) ? 'amount' : 'text', ...none };
    default:
      return { kind: 'other', ...none };
  }
}
