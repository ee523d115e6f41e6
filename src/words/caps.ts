import type { CapView } from '../contract/operations/caps.ts';
import type { Limit } from '../contract/operations/queue-info.ts';
import { shortTime, table } from './table.ts';

const scopeOf = ({ user_id, kind }: Pick<CapView, 'user_id' | 'kind'>) =>
  `${kind === null ? 'jobs' : `${kind} jobs`} of ${user_id === null ? 'everybody' : `user ${user_id}`}`;

const numberOf = (number: number | null) => (number === null ? '–' : String(number));

/** A limit in one line: whose jobs, and its numbers. */
export function capLine(cap: CapView): string {
  const { in_flight, queued, per_minute } = cap;
  const numbers = Object.entries({ 'in flight': in_flight, waiting: queued, 'accepted a minute': per_minute })
    .filter(([, number]) => number !== null)
    .map(([what, number]) => `${number} ${what}`);
  return `At most ${numbers.join(', ')}: ${scopeOf(cap)}.`;
}

/** The limits of a tenant as a table. */
export function capsText(caps: readonly CapView[]): string[] {
  if (caps.length === 0) return ['No limits.'];
  return table([
    ['limit on', 'in flight', 'queued', 'a minute', 'reason', 'set by', 'since', 'note'],
    ...caps.map((cap) => [
      scopeOf(cap),
      ...[cap.in_flight, cap.queued, cap.per_minute].map(numberOf),
      cap.reason,
      cap.set_by ?? '–',
      shortTime(cap.since),
      cap.note ?? '',
    ]),
  ]);
}

/** What is used of a limit that holds for the caller. */
export function limitLine({ in_flight, queued, per_minute, ...of }: Limit): string {
  const parts = Object.entries({ 'in flight': in_flight, waiting: queued, 'accepted this minute': per_minute }).flatMap(
    ([what, number]) => (number === null ? [] : [`${number.used} of ${number.limit} ${what}`]),
  );
  return `${parts.join(', ')} (${scopeOf(of)})`;
}
