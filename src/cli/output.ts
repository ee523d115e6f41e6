import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { causeText } from '../contract/cause.ts';
import { cleanLine } from '../contract/clean-text.ts';
import { errorLines } from '../contract/error-lines.ts';
import type { AppError } from '../contract/errors.ts';
import { exitCodeOf } from '../contract/exit-codes.ts';
import { problemOf } from '../contract/problem.ts';
import { hintForCommands } from '../words/hints-for-commands.ts';
import { cutToWidth } from '../words/width.ts';

export { EXIT } from '../contract/exit-codes.ts';

/** The one place that writes to stdout. */

const MAX_LINE = 2_000;
/** As wide as the widest column of a list. */
const MAX_GAP = 80;

/** A command's answer. Lines are made harmless: some of their text was read from an image. */
export function print(...lines: readonly string[]): void {
  write(
    process.stdout,
    lines.map((line) => printable(line)),
  );
}

/** Text with columns of its own; what came from outside, its maker has cleaned. */
export function printText(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** An answer for programs: the object of the operation, as HTTP and MCP give it. */
export function printJson(value: unknown): void {
  // JSON escapes control characters itself; the rest is data and stays whole.
  write(process.stdout, [JSON.stringify(value)]);
}

/** How it goes, for the person who waits. */
export function say(line: string): void {
  endProgress();
  write(process.stderr, [printable(line)]);
}

/** A question to the person at the terminal; the end of the input is no consent. */
export async function ask(question: string): Promise<boolean> {
  process.stderr.write(question);
  for await (const line of createInterface({ input: process.stdin })) return /^y(es)?$/i.test(line.trim());
  return false;
}

type Terminal = { readonly isTTY?: boolean; readonly columns?: number };

/** Can what is written there be written over? Not in a pipe, on a dumb terminal, or for those who want plain text. */
export function isLive(stream: Terminal, env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb' && !env.NO_COLOR;
}

const columnsOf = ({ columns }: Terminal) => Math.max(20, columns ?? 80);

let isLineOpen = false;

/** How far it is, on a live terminal: one line that is written over. */
export function showProgress(line: string): void {
  process.stderr.write(`\r\u001b[2K${cutToWidth(printable(line), columnsOf(process.stderr) - 1)}`);
  isLineOpen = true;
}

/** What follows begins on a line of its own, in the place of the one that was written over. */
export function endProgress(): void {
  if (isLineOpen) process.stderr.write('\r\u001b[2K');
  isLineOpen = false;
}

/** A page that is written over, on a live terminal; `close` gives back what was there before. */
export function openScreen(): { show(lines: readonly string[]): void; close(): void } {
  process.stdout.write('\u001b[?1049h\u001b[?25l');
  return {
    show(lines) {
      const rows = Math.max(5, process.stdout.rows ?? 24);
      const width = columnsOf(process.stdout);
      const text = lines.slice(0, rows - 1).map((line) => `${cutToWidth(printable(line), width)}\u001b[K`);
      process.stdout.write(`\u001b[H${text.join('\n')}\u001b[J`);
    },
    close: () => void process.stdout.write('\u001b[?25h\u001b[?1049l'),
  };
}

/**
 * An error as people read it; with `json` also as programs do, in the place of the answer.
 * @param options `file` names the one of several that it is about
 * @returns the exit code
 */
export function reportError(error: AppError, options: { json: boolean; file?: string }): number {
  const { json, file } = options;
  if (json) printProblem(error, file);
  if (file !== undefined) say(`${file}:`);
  write(process.stderr, errorLines(error, hintForCommands(error.code, error.hint)));
  return exitCodeOf(error);
}

/** An error as programs read it. */
export function printProblem(error: AppError, file?: string): void {
  printJson({
    ...(file === undefined ? {} : { file }),
    ...problemOf(error),
    hint: hintForCommands(error.code, error.hint),
    cause: causeText(error),
  });
}

/** Columns and indents are of spaces and stay; all that stands between them is cleaned. */
function printable(line: string): string {
  const parts = line.slice(0, MAX_LINE * 8).split(/(^ +| {2,})/);
  const clean = parts.map((part) => (/^ +$/.test(part) ? part.slice(0, MAX_GAP) : cleanLine(part, MAX_LINE))).join('');
  return clean.length > MAX_LINE ? `${clean.slice(0, MAX_LINE - 1)}…` : clean;
}

function write(stream: Writable, lines: readonly string[]): void {
  stream.write(`${lines.join('\n')}\n`);
}
