import { z } from 'zod';
import { AMOUNT } from '../contract/cost.ts';

/** What the values of settings may be: each takes the text of a variable, and its rule names no value. */

export const text = (description: string) => z.string().min(1).meta({ description });

export function whole(description: string, min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,10}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`)
    .meta({ description: `${description} ${min} to ${max}.` });
}

export const flag = (description: string) =>
  z
    .enum(['true', 'false'], 'must be true or false')
    .transform((value) => value === 'true')
    .meta({ description });

/** SQLAlchemy's names of the same thing (`postgresql+asyncpg://…`) are taken as they stand in existing installations. */
export const databaseUrl = z
  .string()
  .transform((url) => url.replace(/^(postgres(?:ql)?)\+[a-z0-9_]+:/, '$1:'))
  .refine((url) => /^postgres(ql)?:\/\/./.test(url), 'must look like postgresql://user:password@host:5432/database')
  .meta({ description: 'The database of the queue: PostgreSQL 15 or newer. A driver suffix (`+asyncpg`) is dropped.' });

export const httpUrl = (description: string) =>
  z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' }).meta({ description });

export const name = (description: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, underscores or hyphens')
    .meta({ description });

/** `a, b` → its entries, each of which must match. */
export const listOf = (description: string, entry: RegExp, rule: string) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim().toLowerCase()))
    .refine((parts) => parts.every((part) => entry.test(part)), rule)
    .meta({ description });

const PRICE = 'must be a decimal number with at most 12 digits and 9 decimals, as 0.0125';

export const price = (description: string) => z.string().regex(AMOUNT, PRICE).meta({ description });

/** `a=0.01, b=0.02` → the amount of each. */
export const listOfPrices = (description: string) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim().split('=')))
    .refine(
      (pairs) =>
        pairs.every(([model = '', amount = '', more]) => model !== '' && AMOUNT.test(amount) && more === undefined),
      `must be models with their prices, as in small=0.004, large=0.03; a price ${PRICE}`,
    )
    .transform((pairs) => Object.fromEntries(pairs) as Readonly<Record<string, string>>)
    .meta({ description });

/** `authorization=Bearer%20abc, tenant=7` → the value of each. */
export const listOfHeaders = (description: string) =>
  z
    .string()
    .regex(
      /^[^=,\s]+=[^,]*(,\s*[^=,\s]+=[^,]*)*$/,
      'must be names with values, as in authorization=Bearer%20abc,tenant=7',
    )
    .refine((text) => text.split(',').every((pair) => decoded(pair) !== undefined), 'must be percent-encoded')
    .transform((text): Readonly<Record<string, string>> => Object.fromEntries(text.split(',').map(headerOf)))
    .meta({ description });

const headerOf = (pair: string): [string, string] => {
  const at = pair.indexOf('=');
  return [pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim()) ?? ''];
};

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
