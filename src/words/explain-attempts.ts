import { isErrorCode } from '../contract/errors.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import type { AttemptsAlike } from '../ledger/insight/history.ts';
import { seconds, type When } from './story-times.ts';

/** Attempts that get lines of their own, where there is room; the ones between the first and the last are told together. */
const FIRST_SHOWN = 2;
const LAST_SHOWN = 3;

/** The first attempt, those between, and the last. */
export const LEAST_ATTEMPT_LINES = 3;

/**
 * The attempts of a job, at most six lines.
 * @param room lines that what else is told leaves: `LEAST_ATTEMPT_LINES` or more
 */
export function attemptLines(groups: readonly AttemptsAlike[], when: When, room: number): string[] {
  if (groups.length === 0) return ['The agent has not been called for it.'];
  const lines = Math.min(room, FIRST_SHOWN + 1 + LAST_SHOWN);
  if (groups.length <= lines) return groups.map((group) => attemptLine(group, when));
  const first = Math.min(FIRST_SHOWN, Math.floor((lines - 1) / 2));
  const last = groups.length - (lines - 1 - first);
  const middle = groups.slice(first, last);
  return [
    ...groups.slice(0, first).map((group) => attemptLine(group, when)),
    `Attempts ${middle[0]?.first}–${middle.at(-1)?.last}: ${middleOf(middle)}.`,
    ...groups.slice(last).map((group) => attemptLine(group, when)),
  ];
}

/** How often each outcome came, in the order in which they first did. */
function middleOf(groups: readonly AttemptsAlike[]): string {
  const times = new Map<string, number>();
  for (const { outcome, first, last } of groups) {
    const name = outcomeName(outcome);
    times.set(name, (times.get(name) ?? 0) + last - first + 1);
  }
  return [...times].map(([name, n]) => `${n} × ${name}`).join(', ');
}

function outcomeName(outcome: string | null): string {
  if (outcome === null) return 'under way';
  if (outcome === 'replied') return 'the agent replied';
  if (outcome === 'attempt_lost') return 'its worker was lost';
  if (outcome === 'canceled' || outcome === 'failed') return `ended when the job was ${outcome}`;
  return isErrorCode(outcome) ? outcome : 'an unknown error';
}

function attemptLine(group: AttemptsAlike, when: When): string {
  const { first, last, outcome, charged, began_at, seconds: long } = group;
  const name = outcomeName(outcome);
  const isError = outcome !== null && !['replied', 'canceled', 'failed'].includes(outcome);
  const price = isError ? (charged ? ', charged' : ', not charged') : '';
  if (first === last) {
    return `Attempt ${first}, ${when(began_at)}: ${outcome === null ? `under way for ${seconds(long)}` : `${name} after ${seconds(long)}`}${price}.`;
  }
  return `Attempts ${first}–${last}, from ${when(began_at)}: ${last - first + 1} times ${name}, ${seconds(long)} in all${price}.`;
}

export function attemptOf({ began_at, ended_at, ...group }: AttemptsAlike): OutputOf<'explainJob'>['attempts'][number] {
  const iso = (time: string) => new Date(time).toISOString();
  return { ...group, began_at: iso(began_at), ended_at: ended_at === null ? null : iso(ended_at) };
}
