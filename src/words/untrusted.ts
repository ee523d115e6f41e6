/**
 * Text that came out of an image, or through an engine, may have been put there for a model to read. It reaches one only
 * cleaned and capped, under a name that marks it, never as a sentence of ours.
 */
import { cleanLine } from '../contract/clean-text.ts';

/** The longest text of ours: a sentence with an image path of 512 characters in it. */
const MAX_DATA_CHARS = 700;
const MAX_KEY_CHARS = 100;

/**
 * A copy in which every text is clean: values that follow no form of ours (names, reasons) as well as those that do, and
 * names of fields, which a stranger may have chosen too.
 * @param value plain data, as an operation returns it
 */
export function cleanData<T>(value: T): T;
export function cleanData(value: unknown): unknown {
  if (typeof value === 'string') return cleanLine(value, MAX_DATA_CHARS);
  if (Array.isArray(value)) return value.map((entry) => cleanData(entry));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [cleanLine(key, MAX_KEY_CHARS), cleanData(entry)]),
  );
}
