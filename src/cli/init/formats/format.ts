/** How the text of a configuration file is read and changed, for one notation. */
export interface Format {
  /**
   * The values of a document.
   * @returns undefined where nothing but blanks and comments stands
   * @throws BrokenDocument
   */
  parse(text: string, path: Path): unknown;
  /** The text with the entry, added or replaced; all other text stays as it is. The caller checks it. */
  set(text: string, path: Path, entry: Entry): string;
  /** The text without the entry that is there. */
  remove(text: string, path: Path): string;
}

/** The keys that lead to the entry. */
export type Path = readonly [string, ...string[]];

export type Entry = Readonly<Record<string, unknown>>;

/** A document that cannot be read, and where. */
export class BrokenDocument extends Error {
  override readonly name = 'BrokenDocument';
  readonly line: number;

  constructor(reason: string, line: number) {
    super(reason);
    this.line = line;
  }
}

export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

export const eolOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** What the lines of a file are indented by: that of its first indented line. */
export function indentOf(text: string): string {
  const [, indent = '  '] = /^(\t| {1,8})\S/m.exec(text) ?? [];
  return indent;
}

/** The blanks at the beginning of the line in which a place lies. */
export function indentAt(text: string, offset: number): string {
  const [indent = ''] = /^[ \t]*/.exec(text.slice(lineStart(text, offset))) ?? [];
  return indent;
}

export const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

/** Behind the end of the line in which a place lies. */
export function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** A text whose last line is ended, so that another may follow. */
export const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}${eolOf(text)}`);

/** Lines with the line end of the file, and all but the first indented. */
export const laidOut = (lines: string, { indent, eol }: { indent: string; eol: string }): string =>
  lines.replaceAll('\n', `${eol}${indent}`);
