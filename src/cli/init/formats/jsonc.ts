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
    const close = inside.includes('\n') ? inside : `${eol}${outer}`;
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

/** Kinds of the scanner: a comma, a line break, the three that may stand before them. */
const COMMA = 5;
const LINE_BREAK = 14;
const TRIVIA: readonly number[] = [12, 13, 15];

/** What follows a value in its line: `comma`, the place behind one; `lineEnd`, where only comments follow. */
function behind(text: string, offset: number): { comma?: number; lineEnd?: number } {
  const scanner = createScanner(text);
  scanner.setPosition(offset);
  let comma: number | undefined;
  for (let kind: number = scanner.scan(); kind === COMMA || TRIVIA.includes(kind); kind = scanner.scan()) {
    if (kind === COMMA) comma = scanner.getPosition();
  }
  const isBreak = (scanner.getToken() as number) === LINE_BREAK;
  return { ...(comma === undefined ? {} : { comma }), ...(isBreak ? { lineEnd: scanner.getTokenOffset() } : {}) };
}

function withoutProperty(text: string, property: Node): string {
  const siblings = property.parent?.children ?? [];
  const index = siblings.indexOf(property);
  const [before, after] = [siblings[index - 1], siblings[index + 1]];
  const { comma, lineEnd } = behind(text, endOf(property));
  const isAlone = isFirstInLine(text, property) && lineEnd !== undefined;
  const from = isAlone ? lineStart(text, property.offset) : property.offset;
  const to = isAlone ? nextLine(text, lineEnd) : (after?.offset ?? comma ?? endOf(property));
  const rest = replaced(text, from, to, '');
  // Without a comma of its own it was the last one, and the one before needs none any more.
  const spare = before && comma === undefined ? behind(text, endOf(before)).comma : undefined;
  return spare === undefined ? rest : replaced(rest, spare - 1, spare, '');
}
