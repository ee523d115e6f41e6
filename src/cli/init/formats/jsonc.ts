import { createScanner, getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import {
  BrokenDocument,
  type Entry,
  ended,
  eolOf,
  type Format,
  indentAt,
  indentOf,
  laidOut,
  lineAt,
  lineStart,
  nextLine,
  type Path,
} from './format.ts';

/**
 * JSON, also with comments and trailing commas. Places come from the parser, the edits are ours: those of the parser's
 * package reformat the neighbors and lose their comments.
 */
export const jsonc: Format = {
  parse(text, path) {
    const root = treeOf(text);
    if (root === undefined) return undefined;
    refuseDoubled(text, root, path);
    return getNodeValue(root);
  },

  set(text, path, entry) {
    const root = treeOf(text);
    if (root === undefined) return `${ended(text)}${written(nested(path, entry), '  ', '', eolOf(text))}${eolOf(text)}`;
    const { node, rest } = deepest(root, path);
    const [key, ...below] = rest;
    if (key === undefined) {
      const value = written(entry, indentOf(text), indentAt(text, node.offset), eolOf(text));
      return replaced(text, node.offset, endOf(node), value);
    }
    return inserted(
      text,
      node,
      key,
      below.reduceRight<Entry>((value, name) => ({ [name]: value }), entry),
    );
  },

  remove(text, path) {
    const root = treeOf(text);
    const found = root && deepest(root, path);
    return found?.rest.length === 0 && found.node.parent ? withoutProperty(text, found.node.parent) : text;
  },
};

function treeOf(text: string): Node | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  const [first] = errors;
  if (first) throw new BrokenDocument(sentenceOf(printParseErrorCode(first.error)), lineAt(text, first.offset));
  return root;
}

/** `CommaExpected` → "comma expected" */
const sentenceOf = (code: string) => code.replace(/(?!^)[A-Z]/g, ' $&').toLowerCase();

const endOf = ({ offset, length }: Node): number => offset + length;

const keyOf = (property: Node): unknown => property.children?.[0]?.value;

const valueIn = (container: Node, key: string): Node | undefined =>
  container.children?.find((property) => keyOf(property) === key)?.children?.[1];

/** As much of the path as there is. */
function deepest(root: Node, path: Path): { node: Node; rest: readonly string[] } {
  let node = root;
  for (const [index, key] of path.entries()) {
    const next = node.type === 'object' ? valueIn(node, key) : undefined;
    if (next === undefined) return { node, rest: path.slice(index) };
    node = next;
  }
  return { node, rest: [] };
}

/** Of two entries of one name hosts take the last, others the first: nobody could say which is meant. */
function refuseDoubled(text: string, root: Node, path: Path): void {
  let node: Node | undefined = root;
  for (const key of path) {
    const named: Node[] = node?.children?.filter((property) => keyOf(property) === key) ?? [];
    const [, second] = named;
    if (second) throw new BrokenDocument(`"${key}" stands there twice`, lineAt(text, second.offset));
    node = named[0]?.children?.[1];
  }
}

const nested = (path: readonly string[], entry: Entry): Entry =>
  path.reduceRight<Entry>((value, name) => ({ [name]: value }), entry);

const written = (value: unknown, unit: string, indent: string, eol: string) =>
  laidOut(JSON.stringify(value, null, unit), { indent, eol });

const replaced = (text: string, from: number, to: number, by: string) => text.slice(0, from) + by + text.slice(to);

/** A property more, behind the last one and the comment beside it. */
function inserted(text: string, container: Node, key: string, value: Entry): string {
  const eol = eolOf(text);
  const outer = indentAt(text, container.offset);
  const last = container.children?.at(-1);
  const indent = last && isFirstInLine(text, last) ? indentAt(text, last.offset) : outer + indentOf(text);
  const property = `${JSON.stringify(key)}: ${written(value, indentOf(text), indent, eol)}`;
  if (last === undefined) {
    const inside = text.slice(container.offset + 1, endOf(container) - 1);
    const close = inside.trim() === '' && !inside.includes('\n') ? `${eol}${outer}` : inside;
    return replaced(text, container.offset + 1, endOf(container) - 1, `${eol}${indent}${property}${close}`);
  }
  const { comma, lineEnd } = behind(text, endOf(last));
  if (lineEnd === undefined) {
    const at = comma ?? endOf(last);
    return replaced(
      text,
      at,
      at,
      `${comma === undefined ? ', ' : ' '}${JSON.stringify(key)}: ${JSON.stringify(value)}`,
    );
  }
  const line = `${eol}${indent}${property}${comma === undefined ? '' : ','}`;
  return replaced(replaced(text, lineEnd, lineEnd, line), endOf(last), endOf(last), comma === undefined ? ',' : '');
}

const isFirstInLine = (text: string, { offset }: Node) => text.slice(lineStart(text, offset), offset).trim() === '';

/** Kinds of the scanner: a comma, a line break, and what else may stand before one. */
const COMMA = 5;
const LINE_BREAK = 14;
const COMMENTS_AND_BLANKS: readonly number[] = [12, 13, 15];

/** What follows a value in its line: `comma`, the place behind one; `lineEnd`, where only comments follow. */
function behind(text: string, offset: number): { comma?: number; lineEnd?: number } {
  const { last, commas, end } = passed(text, offset, [COMMA, ...COMMENTS_AND_BLANKS]);
  const [comma] = commas;
  return { ...(comma === undefined ? {} : { comma }), ...(last === LINE_BREAK ? { lineEnd: end } : {}) };
}

/** The place of the comma that belongs to a value, in whichever line. */
function commaOf(text: string, offset: number): number | undefined {
  const { last, end } = passed(text, offset, [LINE_BREAK, ...COMMENTS_AND_BLANKS]);
  return last === COMMA ? end : undefined;
}

/** Passes over tokens of some kinds: the commas among them, and the kind and place of the first that is of none. */
function passed(text: string, offset: number, kinds: readonly number[]) {
  const scanner = createScanner(text);
  scanner.setPosition(offset);
  const commas: number[] = [];
  let kind: number = scanner.scan();
  for (; kinds.includes(kind); kind = scanner.scan()) if (kind === COMMA) commas.push(scanner.getPosition());
  return { last: kind, commas, end: scanner.getTokenOffset() };
}

function withoutProperty(text: string, property: Node): string {
  const siblings = property.parent?.children ?? [];
  const before = siblings[siblings.indexOf(property) - 1];
  const own = commaOf(text, endOf(property));
  // Without a comma of its own it is the last one, and the one before needs none any more.
  const spare = own ?? (before && commaOf(text, endOf(before)));
  const { lineEnd } = behind(text, endOf(property));
  const hasLines = isFirstInLine(text, property) && lineEnd !== undefined;
  const [from, to] = hasLines
    ? [lineStart(text, property.offset), nextLine(text, lineEnd)]
    : [property.offset, endOf(property)];
  if (spare === undefined || (spare >= from && spare < to)) return replaced(text, from, to, '');
  return spare < from
    ? replaced(replaced(text, from, to, ''), spare, spare + 1, '')
    : replaced(replaced(text, spare, spare + 1, ''), from, to, '');
}
