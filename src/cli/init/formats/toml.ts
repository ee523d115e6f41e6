import { parse, stringify, TomlError } from 'smol-toml';
import { BrokenDocument, ended, eolOf, type Format, laidOut, nextLine, type Path } from './format.ts';

/** TOML, edited by whole tables: `[a.b]` and what is below it. An entry written in another way is left to its owner. */
export const toml: Format = {
  parse(text) {
    try {
      const values = parse(text, { integersAsBigInt: 'asNeeded' });
      return Object.keys(values).length === 0 ? undefined : values;
    } catch (error) {
      if (error instanceof TomlError) throw new BrokenDocument(reasonOf(error), error.line);
      throw error;
    }
  },

  set(text, path, entry) {
    const eol = eolOf(text);
    const nested = path.reduceRight<unknown>((value, key) => ({ [key]: value }), entry);
    const block = laidOut(stringify(nested).trimEnd(), { indent: '', eol }) + eol;
    const [first] = tablesOf(text, path);
    if (first === undefined) return `${ended(text)}${text.trim() === '' ? '' : eol}${block}`;
    const rest = withoutTables(text, path);
    return rest.slice(0, first.from) + block + rest.slice(first.from);
  },

  remove(text, path) {
    const [first] = tablesOf(text, path);
    const rest = withoutTables(text, path);
    // The blank line that was put between it and what stood before it.
    const above = first === undefined ? '' : (/(\r?\n)\r?\n$/.exec(rest.slice(0, first.from))?.[1] ?? '');
    return first === undefined || rest.length > first.from ? rest : rest.slice(0, rest.length - above.length);
  },
};

/** The first line of the parser's message; the rest draws the place. */
const reasonOf = ({ message }: TomlError) => (message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');

interface Table {
  readonly from: number;
  readonly to: number;
}

/** Where the entry's own table and those below it stand. What only looks like one is found by the check of the edit. */
function tablesOf(text: string, path: Path): Table[] {
  const keys = path.map((key) => `(?:${key}|"${key}"|'${key}')`).join('[ \\t]*\\.[ \\t]*');
  const header = new RegExp(`^[ \\t]*\\[[ \\t]*${keys}[ \\t]*(?:\\.[^\\]\\n]*)?\\][ \\t]*(?:#.*)?\\r?$`, 'gm');
  return [...text.matchAll(header)].map(({ index }) => ({ from: index, to: endOfTable(text, nextLine(text, index)) }));
}

/** The next header, or the comments and blank lines that lead to it. */
function endOfTable(text: string, from: number): number {
  const next = /^[ \t]*\[/m.exec(text.slice(from));
  const own = next === null ? text.slice(from) : text.slice(from, from + next.index);
  const lines = own.split(/(?<=\n)/);
  const last = lines.findLastIndex((line) => !/^\s*(?:#|$)/.test(line));
  return from + lines.slice(0, last + 1).join('').length;
}

function withoutTables(text: string, path: Path): string {
  return tablesOf(text, path).reduceRight((rest, { from, to }) => rest.slice(0, from) + rest.slice(to), text);
}
