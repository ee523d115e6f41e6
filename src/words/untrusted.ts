/**
 * Text that came out of an image, or through an engine, may have been put there for a model to read. It reaches one only
 * cleaned and capped, as a field of the structured content or inside a marked block, never as a sentence of ours.
 */
import { randomBytes } from 'node:crypto';
import { cleanLine } from '../contract/clean-text.ts';

/** The longest text of ours: a sentence with an image path of 512 characters in it. */
const MAX_DATA_CHARS = 700;

/**
 * A copy in which every text is clean: values that follow no form of ours (names, reasons) as well as those that do.
 * @param value plain data, as an operation returns it
 */
export function cleanData<T>(value: T): T;
export function cleanData(value: unknown): unknown {
  if (typeof value === 'string') return cleanLine(value, MAX_DATA_CHARS);
  if (Array.isArray(value)) return value.map((entry) => cleanData(entry));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, cleanData(entry)]));
}

/**
 * A block that says where its content comes from. The tag's random part is new for each block, and no content can hold
 * an angle bracket, so nothing written on a receipt can close it.
 * @param facts what was read or stored; values are cleaned and capped here
 * @param maxChars of the content between the tags
 * @param source begins the tag's name
 */
export function untrustedBlock(
  facts: Readonly<Record<string, unknown>>,
  maxChars: number,
  source: 'receipt-text' | 'job-result' | 'stored-message',
): string {
  const tag = `${source}-${randomBytes(4).toString('hex')}`;
  const json = JSON.stringify(cleanData(facts)).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');
  const content = json.length <= maxChars ? json : `${json.slice(0, maxChars - 1)}…`;
  return `<${tag} untrusted>${content}</${tag}>`;
}
