import { isDeepStrictEqual } from 'node:util';
import type { Entry, Format, Path } from './formats/format.ts';

/** An edit that would do more, or less, than was asked of it: the file is then left to its owner. */
export class NotEditable extends Error {
  override readonly name = 'NotEditable';
}

const BOM = '\ufeff';

/** The values of a document; undefined where it has none. */
export const valuesOf = (format: Format, text: string, path: Path): unknown =>
  format.parse(text.replace(BOM, ''), path);

/**
 * The entry that a document has.
 * @throws BrokenDocument; NotEditable where something else stands in its place
 */
export function entryIn(format: Format, text: string, path: Path): unknown {
  let value: unknown = valuesOf(format, text, path) ?? {};
  for (const [depth, key] of path.entries()) {
    if (!isTable(value)) throw new NotEditable(`${nameOf(path.slice(0, depth))} is not a table of entries`);
    const next = Object.hasOwn(value, key) ? value[key] : undefined;
    // A table that says null is one that is not there; an entry that does is to be replaced.
    if (next === undefined || (next === null && depth < path.length - 1)) return undefined;
    value = next;
  }
  return value;
}

/**
 * The document with the entry, and nothing else changed.
 * @throws BrokenDocument, NotEditable
 */
export function withEntry(format: Format, text: string, path: Path, entry: Entry): string {
  return edited(format, text, path, entry, (body) => format.set(body, path, entry));
}

/** The document without the entry, and nothing else changed. */
export function withoutEntry(format: Format, text: string, path: Path): string {
  return edited(format, text, path, undefined, (body) => format.remove(body, path));
}

/** Whatever the edit of the text did: the values decide whether it is used. */
function edited(
  format: Format,
  text: string,
  path: Path,
  entry: Entry | undefined,
  edit: (body: string) => string,
): string {
  // Refuses what is no table before anything is edited; what it says already is not written in another way.
  if (sayTheSame(entryIn(format, text, path), entry)) return text;
  const mark = text.startsWith(BOM) ? BOM : '';
  const body = text.slice(mark.length);
  const after = edit(body);
  if (!holds(format, after, path, entry) || !isDeepStrictEqual(others(format, after, path), others(format, body, path)))
    throw new NotEditable('it is written in a way that cannot be edited safely');
  return mark + after;
}

function holds(format: Format, text: string, path: Path, entry: Entry | undefined): boolean {
  try {
    return sayTheSame(entryIn(format, text, path), entry);
  } catch {
    return false;
  }
}

/** Everything but the entry; tables that are empty without it count as absent. */
function others(format: Format, text: string, path: Path): unknown {
  return without(format.parse(text, path) ?? {}, path);
}

function without(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (!isTable(value) || key === undefined) return value;
  const { [key]: below, ...beside } = value;
  const left = rest.length === 0 || below === null ? undefined : without(below, rest);
  const isEmpty = left === undefined || (isTable(left) && Object.keys(left).length === 0);
  return isEmpty ? { ...beside } : { ...beside, [key]: left };
}

/** Do two values say the same? Parsers give objects of their own kinds. */
export const sayTheSame = (left: unknown, right: unknown): boolean => isDeepStrictEqual(plain(left), plain(right));

const plain = (value: unknown): unknown =>
  value === undefined
    ? undefined
    : JSON.parse(JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part)));

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const nameOf = (path: readonly string[]) => (path.length === 0 ? 'the document' : path.join('.'));
