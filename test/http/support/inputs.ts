import { z } from 'zod';
import { isList, textKindOf, valueFromText, valuesFromTexts } from '../../../src/contract/from-text.ts';

/** A value for one field, as JSON text: 1e309 and 1.0 are no longer themselves once JavaScript has read them. */
export interface FieldInput {
  readonly json: string;
  /** Does the field's own schema take it? */
  readonly fits: boolean;
  /** Does it lie on one side of a bound of the field? */
  readonly isBound: boolean;
}

export type Field = z.core.$ZodType;

const oddJson = [
  ...['null', 'true', 'false', '[]', '{}', '[17]', '[null]', '[[17]]', '["17"]', '{"__proto__":1}'],
  ...['0', '-0', '1', '1.0', '1e0', '1.5', '-1', '-2', '1e3', '2147483647', '2147483648', '-2147483649'],
  ...['9007199254740992', '9007199254740993', '-9007199254740993', '1e309', '-1e309', '5e-324'],
];
const oddTexts = [
  ...['', ' ', '17', '17abc', '１７', ' 17 ', '1e3', '+1', '0x11', '017', '1.0', 'NaN', 'null', 'true', 'TRUE', '1,2'],
  ...[
    '\0',
    'a\0b',
    '\r\n',
    '\ud800',
    '\udc00a',
    '\u202eabc',
    '\u200b',
    '\u{e0041}',
    '\ufe0f',
    'e\u0301',
    '\u00e9',
    '🧾',
  ],
  ...[
    '.',
    '..',
    '../../etc/passwd',
    '%2e%2e',
    '%00',
    "' or 1=1 --",
    '$(id)',
    '<script>',
    '__proto__',
    'x'.repeat(4_000),
  ],
  ...[
    'ocr-',
    'ocr-0',
    'ocr-017',
    'OCR-17',
    'ocr--1',
    'ocr-9999999999999999999',
    'ocr-17.0',
    'ocr-17/..',
    'ocr-17?a=1#b',
  ],
  ...[
    'http://169.254.169.254/',
    'file:///etc/passwd',
    'minio://receipts/../x',
    'minio://receipts@evil/x',
    'urgent',
    'HIGH',
  ],
  ...[
    '2026-01-31',
    '2026-01-31T12:00:00Z',
    '2026-01-31 12:00:00Z',
    '2026-01-31T12:00:00',
    '2026-01-31T12:00:00+01:00',
    '2026-01-31T24:00:00Z',
    '2026-01-31T23:59:60Z',
    '2026-02-30T12:00:00Z',
    '10000-01-01T00:00:00Z',
    '1769860800',
  ],
];

/** What is odd for any field, and the values on both sides of this field's own bounds. */
export function inputsFor(field: Field): FieldInput[] {
  const ofBounds = new Set([...textBounds(field).map((text) => JSON.stringify(text)), ...bounds(field)]);
  const texts = oddTexts.map((text) => JSON.stringify(text));
  return [...new Set([...oddJson, ...texts, ...ofBounds])].map((json) => ({
    json,
    fits: z.safeParse(field, JSON.parse(json)).success,
    isBound: ofBounds.has(json),
  }));
}

/**
 * The same value in a place where everything is text: a path, a query, a form, a command line. A list has a text for
 * each of its entries, any other field has one.
 * @returns undefined where the texts would say another value, which may fit although this one does not
 */
export function asTexts(field: Field, { json, fits }: Pick<FieldInput, 'json' | 'fits'>): string[] | undefined {
  const value: unknown = JSON.parse(json);
  const kind = textKindOf(field);
  const texts = isList(kind) && Array.isArray(value) ? value.map((entry) => textOf(entry)) : [textOf(value, json)];
  if (texts.length === 0) return undefined;
  const said = isList(kind) ? valuesFromTexts(kind, texts) : valueFromText(kind, texts[0] ?? '');
  return z.safeParse(field, said).success === fits ? texts : undefined;
}

function textOf(value: unknown, json = JSON.stringify(value)): string {
  return (typeof value === 'string' ? value : json).replace(/\p{Cs}/gu, '\ufffd');
}

interface Bounds {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: Bounds;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

function boundsOf(field: Field): Bounds {
  return z.toJSONSchema(field, { io: 'input' }) as Bounds;
}

function textBounds(field: Field): string[] {
  const { minLength = 0, maxLength } = boundsOf(field);
  return maxLength === undefined
    ? []
    : [minLength - 1, minLength, maxLength, maxLength + 1].map((length) => 'x'.repeat(Math.max(0, length)));
}

function bounds(field: Field): string[] {
  const { minimum, maximum, maxItems, items, enum: choices = [], const: only } = boundsOf(field);
  const numbers = [minimum, maximum].flatMap((bound) => (bound === undefined ? [] : [bound - 1, bound, bound + 1]));
  const lists = maxItems === undefined ? [] : [entriesOf(items, 1), entriesOf(items, maxItems + 1)];
  return [...numbers, ...lists, ...choices, ...(only === undefined ? [] : [only])].map((value) =>
    JSON.stringify(value),
  );
}

/** So many entries, each of which fits. */
function entriesOf({ type, enum: choices }: Bounds = {}, count: number): unknown[] {
  return Array.from({ length: count }, (_, n) => choices?.[0] ?? (type === 'string' ? `ocr-${n + 1}` : n + 1));
}
