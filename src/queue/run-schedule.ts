import { invalidArgument } from '../contract/check-input.ts';
import type { ScheduleRun } from '../contract/operations/schedules.ts';
import { SCHEDULES } from '../contract/schedule-policies.ts';
import { inTransaction } from '../ledger/connection/in-transaction.ts';
import type { Db } from '../ledger/db.ts';
import { overlaps, recordRun } from '../ledger/schedules/schedule-runs.ts';
import { readSchedule, type ScheduleRow } from '../ledger/schedules/schedules.ts';
import { acceptPending, NOTHING } from '../schedules/accept-pending.ts';
import { timesAfter } from '../schedules/cron.ts';
import type { Caller } from './caller.ts';
import type { HandlerDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';
import { noSuchSchedule } from './schedule-view.ts';

/** Does something for a schedule that nobody fires meanwhile. */
function holding<T>(caller: Caller, name: string, work: (row: ScheduleRow, tx: Db) => Promise<T>): Promise<T> {
  return caller.db.transaction(async (tx) => {
    const row = await readSchedule(tx, caller, name, { lock: true });
    if (!row) throw noSuchSchedule(name);
    return work(row, inTransaction(caller.db, tx));
  });
}

interface Asked {
  readonly scheduledFor: Date;
  readonly trigger: ScheduleRun['trigger'];
  /** Is it left out because the run before has not ended? */
  readonly isSkipped: boolean;
}

/** One run that somebody asked for; when the schedule fires by itself stays as it is. */
async function runFor(
  row: ScheduleRow,
  tx: Db,
  { scheduledFor, trigger, isSkipped }: Asked,
): Promise<{ run: ScheduleRun; subjects: readonly number[] }> {
  const { subjects, ...told } = isSkipped
    ? { outcome: 'overlap' as const, ...NOTHING, code: 'overlap' }
    : await acceptPending(tx, row);
  const at = row.now.toISOString();
  const run: ScheduleRun = { at, scheduled_for: scheduledFor.toISOString(), trigger, ...told, missed: null };
  await recordRun(tx, row.schedule_no, run, { nextAt: row.next_at, pendingFor: row.pending_for, tryAt: tryAtOf(row) });
  return { run, subjects };
}

/** What is pending is looked at again soon. */
const tryAtOf = ({ pending_for, now }: ScheduleRow): Date | null => (pending_for === null ? null : now);

export function createRunScheduleNow({ notifier }: Pick<HandlerDeps, 'notifier'>): Handlers['runScheduleNow'] {
  return async ({ name }, caller) => {
    const { run, subjects } = await holding(caller, name, (row, tx) =>
      runFor(row, tx, { scheduledFor: row.now, trigger: 'person', isSkipped: false }),
    );
    notifier.changed(subjects, { gate: true });
    return { name, ...run };
  };
}

export function createBackfillSchedule({ notifier }: Pick<HandlerDeps, 'notifier'>): Handlers['backfillSchedule'] {
  return async ({ name, from, to, preview }, caller) => {
    const made = await holding(caller, name, async (row, tx) => {
      const times = timesIn(row, new Date(from), new Date(to));
      const runs: Awaited<ReturnType<typeof runFor>>[] = [];
      let latest = row.last_batch_id;
      for (const scheduledFor of preview ? [] : times) {
        const isSkipped = row.overlap !== 'allow_all' && (await overlaps(tx, latest));
        const each = await runFor(row, tx, { scheduledFor, trigger: 'backfill', isSkipped });
        latest = each.run.batch_id ?? latest;
        runs.push(each);
      }
      return { times, runs };
    });
    notifier.changed(
      made.runs.flatMap(({ subjects }) => [...subjects]),
      { gate: true },
    );
    return { name, times: made.times.map((each) => each.toISOString()), runs: made.runs.map(({ run }) => run) };
  };
}

/** @throws AppError invalid_argument */
function timesIn(row: ScheduleRow, from: Date, to: Date): Date[] {
  const example = 'Example: from 2026-01-01T00:00:00Z to 2026-01-08T00:00:00Z.';
  if (to > row.now) throw invalidArgument('to', 'too_big', `to must not lie in the future. ${example}`);
  if (from > to) throw invalidArgument('from', 'too_big', `from must not lie after to. ${example}`);
  if (row.now.getTime() - from.getTime() > SCHEDULES.backfillS * 1_000) {
    throw invalidArgument(
      'from',
      'too_small',
      `from must not lie more than ${SCHEDULES.backfillS / 86_400} days back.`,
    );
  }
  // One millisecond before, so that a time at `from` is among them.
  const times = timesAfter(row, new Date(from.getTime() - 1), SCHEDULES.backfillTimes + 1).filter((each) => each <= to);
  if (times.length <= SCHEDULES.backfillTimes) return times;
  const message = `There are more than ${SCHEDULES.backfillTimes} times between from and to; ask for a shorter span.`;
  throw invalidArgument('to', 'too_big', message);
}
