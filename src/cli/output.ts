import type { Writable } from 'node:stream';
import { cleanLine } from '../contract/clean-text.ts';
import { type AppError, ERRORS, problemOf } from '../contract/errors.ts';

/** The one place that writes to stdout. */

const MAX_LINE = 2_000;

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
  write(process.stderr, [printable(line)]);
}

/**
 * An error as people read it; with `json` also as programs do, in the place of the answer.
 * @returns the exit code
 */
export function reportError(error: AppError, options: { json: boolean }): number {
  if (options.json) printJson(problemOf(error));
  say(`Error (${error.code}): ${error.message}`);
  for (const field of error.fields.slice(1)) say(`  ${field.message}`);
  // A hint of several lines is the end of a log.
  for (const line of error.hint.split('\n')) say(line);
  return exitCodeOf(error);
}

export const EXIT = { ok: 0, other: 1, usage: 2, notFound: 3, auth: 4, unavailable: 5, conflict: 6 } as const;

const BY_HTTP_STATUS: Readonly<Record<number, number>> = {
  400: EXIT.usage,
  401: EXIT.auth,
  403: EXIT.auth,
  404: EXIT.notFound,
  405: EXIT.usage,
  408: EXIT.unavailable,
  409: EXIT.conflict,
  410: EXIT.notFound,
  413: EXIT.usage,
  415: EXIT.usage,
  422: EXIT.usage,
  429: EXIT.unavailable,
  502: EXIT.unavailable,
  503: EXIT.unavailable,
  504: EXIT.unavailable,
  507: EXIT.unavailable,
};

/** The class of an error, from the one table of errors. */
function exitCodeOf(error: AppError): number {
  return BY_HTTP_STATUS[ERRORS[error.code].http] ?? EXIT.other;
}

function printable(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  return indent + cleanLine(line, MAX_LINE);
}

function write(stream: Writable, lines: readonly string[]): void {
  stream.write(`${lines.join('\n')}\n`);
}
