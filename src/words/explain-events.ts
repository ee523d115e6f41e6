import { EVENTS, type EventKind, type ReviewEndedBy } from '../contract/events.ts';
import type { JobHistory } from '../ledger/insight/history.ts';
import type { OneJobRow } from '../ledger/jobs.ts';
import type { When } from './story-times.ts';

/** What events of a job tell besides its waits and attempts. */

const lastOf = (events: JobHistory['events'], of: EventKind) => events.find(({ kind }) => kind === of);

export function eventLine(
  { events }: JobHistory,
  kind: EventKind,
  says: (times: number, lastAt: string) => string,
): string[] {
  const found = lastOf(events, kind);
  return found ? [says(found.times, found.last_at)] : [];
}

/** The person who was to look at its receipt has done so, and was not asked again. */
export function isReviewed({ events }: JobHistory): boolean {
  const at = (of: EventKind) => Date.parse(lastOf(events, of)?.last_at ?? '') || 0;
  return at('receipt_reviewed') > 0 && at('receipt_reviewed') >= at('receipt_needs_review');
}

const ENDED_BY: Readonly<Record<ReviewEndedBy, string>> = {
  person: 'by a person',
  reading: 'by a later reading',
  policy: 'by its time',
};

/** What became of its receipt after it. */
export function reviewLines(history: JobHistory, when: When): string[] {
  const ended = lastOf(history.events, 'receipt_reviewed');
  const end = EVENTS.receipt_reviewed.data.safeParse(ended?.last_data).data;
  return [
    ...eventLine(history, 'receipt_needs_review', (_times, last) => `Its reading went to review ${when(last)}.`),
    ...eventLine(history, 'receipt_corrected', (times, last) =>
      times === 1
        ? `Its receipt was corrected ${when(last)}.`
        : `Its receipt was corrected ${times} times, the last time ${when(last)}.`,
    ),
    ...(ended && end ? [`The review ended ${when(ended.last_at)}, ${ENDED_BY[end.by]}: ${end.outcome}.`] : []),
  ];
}

/** The job that it waited for, and that ended without a result. */
export function parentLine({ events }: JobHistory): string[] {
  const { data } = EVENTS.parent_unfinished.data.safeParse(lastOf(events, 'parent_unfinished')?.last_data);
  if (!data) return [];
  const { parent, status } = data;
  return [`It was to run after ${parent}, which ${status === 'lost' ? 'is not there any more' : `is ${status}`}.`];
}

/** Its failure was cleared, or was and is counted again. */
export function clearedLine({ cleared_at }: OneJobRow, history: JobHistory, when: When): string[] {
  if (cleared_at !== null) {
    return [`A person cleared its failure ${when(cleared_at.toISOString())}: counts and lists leave it out.`];
  }
  return eventLine(history, 'restored', (_times, last) => `Its failure was cleared, and restored ${when(last)}.`);
}

/** Why a job is canceled; nothing where its events are past their retention and nobody asked for it. */
export function canceledBecause(row: OneJobRow, { events }: JobHistory): string {
  if (row.cancel_requested_at !== null) return `: user ${row.cancel_requested_by ?? 'unknown'} asked for it`;
  if (events.length === 0) return '';
  return lastOf(events, 'parent_unfinished')
    ? ' with a job that it waited for'
    : ': its workflow was canceled in Temporal';
}
