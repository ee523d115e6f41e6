import type { CallToolResult } from '@modelcontextprotocol/server';
import { cleanData } from '../src/words/untrusted.ts';

/** The next useful call, ready to be made. */
export interface NextCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** The keys whose content strangers wrote: on a receipt, or as an agent's message. Nothing of theirs stands elsewhere. */
export const UNTRUSTED = ['from_receipt_untrusted', 'from_agent_untrusted'] as const;

/**
 * What a tool answers: one object that stands in both halves of the result, since hosts show their model only one of
 * them. Facts that are null, undefined or empty are left out.
 */
export interface Answer {
  /** One or two sentences of ours. */
  readonly summary: string;
  readonly next?: NextCall | undefined;
  /** What a person is asked, where that is possible, in place of showing the answer: on a yes, `next` is called at once. */
  readonly asks?: string | undefined;
  readonly from_receipt_untrusted?: Readonly<Record<string, unknown>> | undefined;
  readonly from_agent_untrusted?: Readonly<Record<string, unknown>> | undefined;
  readonly [fact: string]: unknown;
}

/** Every model pays for each byte of an answer in all that follows. */
export const MAX_ANSWER_BYTES = 1_024;

type Facts = Record<string, unknown>;

/** The answer as both halves of a result say it: clean, without nulls, and short. */
export function shownAnswer(answer: Answer, maxBytes: number = MAX_ANSWER_BYTES): Facts {
  return fitted(wholeAnswer(answer), maxBytes);
}

/** Is nothing of it left out or cut? */
export const isWhole = (answer: Answer): boolean => bytesOf(wholeAnswer(answer)) <= MAX_ANSWER_BYTES;

/**
 * How many rows, from the first, an answer shows whole.
 * @param answerOf the answer with these rows
 */
export function asManyAsFit<Row>(rows: readonly Row[], answerOf: (rows: readonly Row[]) => Answer): number {
  const areWhole = (count: number) => isWhole(answerOf(rows.slice(0, count)));
  // All of them need no call for the others, so they may fit where one less does not.
  if (areWhole(rows.length)) return rows.length;
  let [most, tooMany] = [0, rows.length];
  while (tooMany - most > 1) {
    const tried = Math.floor((most + tooMany) / 2);
    if (areWhole(tried)) most = tried;
    else tooMany = tried;
  }
  return most;
}

function wholeAnswer(answer: Answer): Facts {
  const { summary, notes, next: call, ...facts } = cleanData(answer);
  // Without arguments a call is whole all the same.
  const next = call && { tool: call.tool, arguments: withoutEmpty(call.arguments) };
  return { summary, ...(notes ? { notes } : {}), ...(next ? { next } : {}), ...(withoutEmpty(facts) as Facts) };
}

/** @param isError hosts mark the call as failed, and models look for what to mend */
export function resultOf(shown: Facts, isError = false): CallToolResult {
  return {
    ...(isError ? { isError } : {}),
    content: [{ type: 'text', text: textOf(shown) }],
    structuredContent: shown,
  };
}

/** Angle brackets would let a receipt open or close a tag of the host's own prompt. */
export const textOf = (shown: Facts): string => escaped(JSON.stringify(shown));

const escaped = (json: string) => json.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');

/** Says it nothing? An agent must not wonder what an empty fact means. */
const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  // JSON would make it a null.
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('An answer holds a number that is none.');
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, entry]) => [key, withoutEmpty(entry)] as const)
      .filter(([, entry]) => !isEmpty(entry)),
  );
}

/** In the text, where some characters are escaped. */
export const bytesOf = (value: unknown): number => Buffer.byteLength(escaped(JSON.stringify(value)));

/** Lists lose their last entries, the longest list first; what was left out is said as `left_out`. */
function fitted(facts: Facts, maxBytes: number): Facts {
  const shown = structuredClone(facts);
  const left: Record<string, number> = {};
  for (let excess = bytesOf(shown) - maxBytes; excess > 0; excess = bytesOf(shown) - maxBytes) {
    const longest = longestList(shown);
    if (longest === undefined) return shorterTexts(shown, excess);
    const [name, list] = longest;
    let cut = 0;
    // At least one, and so many at once that a list of hundreds is measured a few times only.
    do cut += bytesOf(list.pop());
    while (cut < excess && list.length > 0);
    left[name] = countOf(facts, name) - list.length;
    shown.left_out = left;
  }
  return shown;
}

type List = unknown[];

function listsIn(facts: Facts): [name: string, list: List][] {
  return Object.entries(facts).flatMap(([name, value]): [string, List][] => {
    if (Array.isArray(value)) return [[name, value]];
    const isBlock = (UNTRUSTED as readonly string[]).includes(name);
    return isBlock ? listsIn(value as Facts) : [];
  });
}

function longestList(facts: Facts): [name: string, list: List] | undefined {
  const lists = listsIn(facts).filter(([name, list]) => list.length > 0 && name !== 'notes');
  return lists.sort(([, a], [, b]) => bytesOf(b) - bytesOf(a))[0];
}

const countOf = (facts: Facts, name: string) => listsIn(facts).find(([known]) => known === name)?.[1].length ?? 0;

/** Strangers’ texts are cut before ours; ours alone always fit. */
function shorterTexts(facts: Facts, excess: number): Facts {
  const room = (text: string) => Math.max(40, text.length - excess - Buffer.byteLength('…'));
  const shorter = (value: unknown): unknown =>
    typeof value === 'string' && value.length > 80 ? `${value.slice(0, room(value))}…` : value;
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      (UNTRUSTED as readonly string[]).includes(name)
        ? Object.fromEntries(Object.entries(value as Facts).map(([key, text]) => [key, shorter(text)]))
        : value,
    ]),
  );
}
