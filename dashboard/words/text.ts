/** Text from outside: read from an image, sent by a caller, answered by a receiver. It is shown as text, cleaned and cut. */
import { cleanLine } from '../../src/contract/clean-text.ts';

const LINE_CHARS = 200;
const MAX_LINES = 400;

/** One line of it; nothing is `–`. */
export function lineOf(text: string | null | undefined, maxChars: number = LINE_CHARS): string {
  const line = text === null || text === undefined ? '' : cleanLine(text, maxChars);
  return line === '' ? '–' : line;
}

/** Several lines of it, each cleaned and with its indent; those beyond the limit are left out, and an ellipsis says so. */
export function linesOf(text: string, maxLines: number = MAX_LINES): string {
  const lines = text
    .split(/\r\n|[\n\r\u2028\u2029]/, maxLines + 1)
    .map((line) => indentOf(line) + cleanLine(line, LINE_CHARS));
  return lines.length > maxLines ? [...lines.slice(0, maxLines), '…'].join('\n') : lines.join('\n');
}

const indentOf = (line: string): string => /^ {0,40}/.exec(line)?.[0] ?? '';

/** `1 job`, `2 jobs`: the count by locale. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${new Intl.NumberFormat().format(count)} ${count === 1 ? one : many}`;
}
