import { beforeEach } from 'vitest';
import { dueSchedules } from '../../../src/ledger/schedules/schedule-runs.ts';
import { fireSchedule } from '../../../src/schedules/fire.ts';
import type { GateBench } from '../../support/gate.ts';
import { asOwner } from '../../support/owner.ts';
import { createBatchBench } from './batch-bench.ts';

const HOUR_MS = 3_600_000;

/** Schedules over a bench, fired at times of the test’s own clock. */
export function createScheduleBench(bench: GateBench) {
  const batches = createBatchBench(bench);
  beforeEach(async () => {
    await batches.clearAll();
    await bench.db.query('delete from pantry_queue.schedules');
    await bench.db.query('delete from public.receipts');
  });

  /** Every hour, where nothing else is asked for. */
  const create = (changes: Partial<Parameters<typeof bench.queue.createSchedule>[0]> = {}) =>
    bench.queue.createSchedule({ name: 'nightly', cron: '0 * * * *', ...changes }, asOwner);
  const show = (name = 'nightly') => bench.queue.getSchedule({ name }, asOwner);
  const jobs = () => bench.db.query('select subject, priority, batch_id from pantry_queue.jobs order by subject');
  const events = () =>
    bench.db.query(
      `select kind, job_no, user_id, batch_id, data from pantry_queue.events where kind like 'schedule%' order by xid, id`,
    );

  const later = (first: Date, hours: number) => new Date(first.getTime() + hours * HOUR_MS);
  /** The next time of the schedule. */
  const nextTime = async () => new Date((await show()).next_at ?? '');

  /** What one process does at that time. */
  async function fire(now: Date) {
    const due = await dueSchedules(bench.db, { limit: 100, now });
    const fired = await Promise.all(due.map((no) => fireSchedule(bench.db, no, now)));
    return fired.flatMap((each) => (each ? [each.run] : []));
  }

  return { ...batches, create, show, jobs, events, later, nextTime, fire };
}

/** How a call is refused. */
export const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'answered',
    ({ code, message, fields }) => ({
      code,
      message,
      fields: fields.map((field: { pointer: string }) => field.pointer),
    }),
  );
