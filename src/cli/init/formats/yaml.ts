import { isMap, isScalar, LineCounter, type Pair, parseDocument, type Range, stringify, type YAMLMap } from 'yaml';
import {
  BrokenDocument,
  type Entry,
  ended,
  eolOf,
  type Format,
  indentAt,
  laidOut,
  lineStart,
  nextLine,
  type Path,
} from './format.ts';

/** Names that stand for others may multiply what a document holds; ours needs none. */
const MAX_ALIASES = 100;

/** YAML, edited by whole lines: the package's own edits would lay the whole document out anew. */
export const yaml: Format = {
  parse(text) {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines });
    const [error] = document.errors;
    if (error) {
      const [reason = 'it is not YAML'] = error.message.split(/ at line|:\n/);
      throw new BrokenDocument(reason, lines.linePos(error.pos[0]).line);
    }
    try {
      return document.toJS({ maxAliasCount: MAX_ALIASES }) ?? undefined;
    } catch {
      throw new BrokenDocument('its aliases stand for too much', 1);
    }
  },

  set(text, path, entry) {
    const eol = eolOf(text);
    const [outer, name] = keysOf(path);
    const parent = pairIn(parseDocument(text).contents, outer);
    if (parent === undefined) return `${ended(text)}${linesOf({ [outer]: { [name]: entry } }, '', eol)}`;
    const own = pairIn(parent.value, name);
    if (own !== undefined)
      return replaced(text, rangeOf(own), linesOf({ [name]: entry }, indentOfPair(text, own), eol));
    return inserted(text, parent, { [name]: entry });
  },

  remove(text, path) {
    const [outer, name] = keysOf(path);
    const parent = pairIn(parseDocument(text).contents, outer);
    const own = pairIn(parent?.value, name);
    if (!parent || !own) return text;
    const [from, to] = rangeOf(own);
    const rest = text.slice(0, lineStart(text, from)) + text.slice(to);
    const isLast = isMap(parent.value) && parent.value.items.length === 1;
    if (!isLast) return rest;
    const colon = endOfKey(text, parent);
    return `${rest.slice(0, colon)} {}${rest.slice(colon)}`;
  },
};

/** A map and an entry in it: deeper ones no host has. */
function keysOf([outer, name]: Path): [string, string] {
  if (name === undefined) throw new Error('An entry in YAML has a map around it.');
  return [outer, name];
}

const keyOf = ({ key }: Pair): unknown => (isScalar(key) ? key.value : undefined);

function pairIn(map: unknown, key: string): Pair | undefined {
  return isMap(map) ? (map as YAMLMap).items.find((pair) => keyOf(pair) === key) : undefined;
}

const placeOf = (node: unknown): Range | undefined | null => (node as { range?: Range | null } | null)?.range;

/** From its key to the end of its value. */
function rangeOf({ key, value }: Pair): [number, number] {
  return [placeOf(key)?.[0] ?? 0, placeOf(value)?.[1] ?? 0];
}

const indentOfPair = (text: string, { key }: Pair) => indentAt(text, placeOf(key)?.[0] ?? 0);

const endOfKey = (text: string, { key }: Pair) => text.indexOf(':', placeOf(key)?.[1] ?? 0) + 1;

/** Whole lines, the first without its indent. */
function linesOf(value: Entry, indent: string, eol: string): string {
  return laidOut(stringify(value, { lineWidth: 0 }).trimEnd(), { indent, eol }) + eol;
}

function replaced(text: string, [from, to]: [number, number], lines: string): string {
  const rest = text.slice(to);
  // A value of one line ends before its line does.
  return text.slice(0, from) + (text[to - 1] === '\n' || rest === '' ? lines : lines.trimEnd()) + rest;
}

/** Directly below the name of the map: the comment above an entry of another stays with it. */
function inserted(text: string, parent: Pair, entry: Entry): string {
  const eol = eolOf(text);
  const { value } = parent;
  const first = isMap(value) ? value.items[0] : undefined;
  if (isMap(value) && value.flow && first) {
    const close = (placeOf(value)?.[1] ?? 0) - 1;
    return `${text.slice(0, close)}, ${JSON.stringify(entry).slice(1, -1)}${text.slice(close)}`;
  }
  const indent = first ? indentOfPair(text, first as Pair) : `${indentOfPair(text, parent)}  `;
  const [from, to] = first ? [0, 0] : (placeOf(value) ?? [0, 0]);
  const bare = ended(text.slice(0, from).replace(/[ \t]+$/, '') + text.slice(to));
  const at = nextLine(bare, placeOf(parent.key)?.[1] ?? 0);
  return bare.slice(0, at) + indent + linesOf(entry, indent, eol) + bare.slice(at);
}
