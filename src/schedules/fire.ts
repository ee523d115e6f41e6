import { isAppError, toAppError } from '../contract/errors.ts';
import type { ScheduleRun } from '../contract/operations/schedules.ts';
import { SCHEDULES } from '../contract/schedule-policies.ts';
import { inTransaction } from '../ledger/connection/in-transaction.ts';
import type { Db } from '../ledger/db.ts';
import { claimDue, type DueSchedule, type Moved, postpone, recordRun } from '../ledger/schedules/schedule-runs.ts';
import { type Accepted, acceptPending, NOTHING } from './accept-pending.ts';
import { dueTimes, type Missed, nextAfter } from './cron.ts';

/** What became of a schedule that was due. */
export interface Fired {
  readonly name: string;
  readonly run: ScheduleRun;
  /** Whose jobs were accepted. */
  readonly subjects: readonly number[];
  /** With which its run was refused. */
  readonly error?: unknown;
}

/**
 * Fires a schedule that is due: its jobs, the event and its next time are one commit, so each time fires once, however
 * many processes try and whichever is killed.
 * @param now in place of the ledger's clock
 * @returns undefined where nothing was due any more, somebody else holds it, or its run waits
 * @throws AppError ledger_unavailable: it stays due
 */
export async function fireSchedule(db: Db, scheduleNo: number, now?: Date): Promise<Fired | undefined> {
  try {
    return await fireOnce(db, scheduleNo, now, (tx, row) => acceptPending(tx, row));
  } catch (error) {
    if (isAppError(error) && error.code === 'ledger_unavailable') throw error;
    const { code } = toAppError(error);
    const fired = await fireOnce(db, scheduleNo, now, async () => ({ outcome: 'refused', ...NOTHING, code }));
    return fired && { ...fired, error };
  }
}

function fireOnce(
  db: Db,
  scheduleNo: number,
  now: Date | undefined,
  accept: (tx: Db, row: DueSchedule) => Promise<Accepted>,
): Promise<Fired | undefined> {
  return db.transaction(async (tx) => {
    const row = await claimDue(tx, scheduleNo, now);
    if (!row) return undefined;
    const due = dueOf(row);
    if (row.overlaps && row.overlap === 'buffer_one') {
      await postpone(tx, scheduleNo, due.first, after(row, SCHEDULES.bufferedS));
      return undefined;
    }
    const { subjects, ...told } =
      row.overlaps && row.overlap === 'skip'
        ? { outcome: 'overlap' as const, ...NOTHING, code: 'overlap' }
        : await accept(inTransaction(db, tx), row);
    const run: ScheduleRun = {
      at: row.now.toISOString(),
      scheduled_for: due.scheduledFor.toISOString(),
      trigger: 'time',
      ...told,
      missed: due.missed ?? null,
    };
    await recordRun(tx, scheduleNo, run, afterRun(row, due, run));
    return { name: row.name, run, subjects };
  });
}

interface Due {
  /** The time that the run is for, and the first of those that it is for. */
  readonly scheduledFor: Date;
  readonly first: Date;
  readonly missed: Missed | undefined;
  readonly nextAt: Date | null;
}

/** All times up to now make one run, that of the latest; the others are named. */
function dueOf(row: DueSchedule): Due {
  const { next_at, pending_for, now } = row;
  const first = pending_for ?? next_at;
  if (first === null) throw new Error(`schedule ${row.name} is due without a time`);
  if (next_at === null || next_at > now) return { scheduledFor: first, first, missed: undefined, nextAt: next_at };
  const { latest, earlier } = dueTimes(row, first, now);
  return { scheduledFor: latest, first, missed: earlier, nextAt: nextAfter(row, now) };
}

/** A run that was refused is tried again, ever more rarely, until the next time takes its place. */
function afterRun(row: DueSchedule, { nextAt, scheduledFor }: Due, { outcome }: ScheduleRun): Moved {
  if (outcome !== 'refused') return { nextAt, pendingFor: null, tryAt: null };
  const { firstS, maxS } = SCHEDULES.retry;
  const delayS = Math.min(maxS, firstS * 2 ** Math.min(row.failures, 10));
  return { nextAt, pendingFor: scheduledFor, tryAt: after(row, delayS) };
}

const after = ({ now }: DueSchedule, seconds: number): Date => new Date(now.getTime() + seconds * 1_000);
