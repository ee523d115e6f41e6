import { randomUUID } from 'node:crypto';
import { priorityOf } from '../contract/job.ts';
import type { Outcome } from '../contract/operations/schedules.ts';
import { LIMITS } from '../contract/policies.ts';
import type { Db } from '../ledger/db.ts';
import { enqueueAll } from '../ledger/enqueue/enqueue-all.ts';
import { nameBatch } from '../ledger/schedules/schedule-runs.ts';
import type { ScheduleRow } from '../ledger/schedules/schedules.ts';

/** What a run has accepted. */
export interface Accepted {
  readonly outcome: Outcome;
  readonly batch_id: string | null;
  readonly total: number;
  readonly queued: number;
  readonly deduplicated: number;
  readonly code: string | null;
  /** Of new jobs and those that were there. */
  readonly subjects: readonly number[];
}

export const NOTHING = { batch_id: null, total: 0, queued: 0, deduplicated: 0, code: null, subjects: [] } as const;

/**
 * Accepts what is pending for a schedule, as one batch; one bad subject holds up no other.
 * @param db the transaction in which its time is moved on
 */
export async function acceptPending(db: Db, row: ScheduleRow): Promise<Accepted> {
  const type = db.kinds.of(row.kind);
  const userId = row.user_id ?? undefined;
  const pending = (await type.pending?.(db, row.tenant_id, userId, LIMITS.batch)) ?? [];
  if (pending.length === 0) return { outcome: 'nothing_pending', ...NOTHING };
  const batchId = `batch-${randomUUID()}`;
  const entries = await enqueueAll(
    db,
    row.kind,
    pending.map((subject) => ({ subject, asked: undefined })),
    { tenant: row.tenant_id, userId, priority: priorityOf(row.priority), mode: 'once', batchId, partial: true },
  );
  const members = entries.filter(({ verdict }) => verdict === 'new' || verdict === 'same');
  if (members.length === 0) {
    const [first] = entries;
    return { outcome: 'refused', ...NOTHING, code: first?.verdict ?? null };
  }
  await nameBatch(db, batchId, row);
  const queued = members.filter(({ verdict }) => verdict === 'new').length;
  return {
    outcome: 'fired',
    batch_id: batchId,
    total: members.length,
    queued,
    deduplicated: members.length - queued,
    code: null,
    subjects: members.map(({ subject }) => subject),
  };
}
