import { z } from 'zod';
import { textKindOf, valueFromText } from '../../../src/contract/from-text.ts';

/** A value for one field, as JSON text: 1e309 and 1.0 are no longer themselves once JavaScript has read them. */
export interface FieldInput {
  readonly json: string;
  /** Does the field's own schema take it? */
  readonly fits: boolean;
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
];

/** What is odd for any field, and the values on both sides of this field's own bounds. */
export function inputsFor(field: Field): FieldInput[] {
  const texts = [...oddTexts, ...textBounds(field)].map((text) => JSON.stringify(text));
  return [...new Set([...oddJson, ...texts, ...bounds(field)])].map((json) => ({
    json,
    fits: z.safeParse(field, JSON.parse(json)).success,
  }));
}

/**
 * The same value in a place where everything is text: a path, a query, a form.
 * @returns undefined where the text would say another value, which may fit although this one does not
 */
export function asText(field: Field, { json, fits }: FieldInput): string | undefined {
  const value: unknown = JSON.parse(json);
  const text = (typeof value === 'string' ? value : json).replace(/\p{Cs}/gu, '\ufffd');
  return z.safeParse(field, valueFromText(textKindOf(field), text)).success === fits ? text : undefined;
}

interface Bounds {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
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
  const { minimum, maximum, maxItems, enum: choices = [], const: only } = boundsOf(field);
  const numbers = [minimum, maximum].flatMap((bound) => (bound === undefined ? [] : [bound - 1, bound, bound + 1]));
  const lists = maxItems === undefined ? [] : [[2_147_483_647], Array.from({ length: maxItems + 1 }, (_, n) => n + 1)];
  return [...numbers, ...lists, ...choices, ...(only === undefined ? [] : [only])].map((value) =>
    JSON.stringify(value),
  );
}
