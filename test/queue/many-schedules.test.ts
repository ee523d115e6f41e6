import { beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULES } from '../../src/contract/schedule-policies.ts';
import { laterRounds } from '../../src/dispatch/later.ts';
import { scheduleRounds } from '../../src/dispatch/schedules.ts';
import { createNotifier } from '../../src/ledger/notify.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { testLog } from '../support/log.ts';
import { asOwner } from '../support/owner.ts';
import { emptyQueue } from './support/empty-queue.ts';

const bench = useGate();
const MANY = 1_000;

beforeEach(async () => {
  await emptyQueue(bench.db);
  await bench.db.query('delete from pantry_queue.schedules');
  await bench.db.query(
    `insert into pantry_queue.schedules
       (tenant_id, name, user_id, kind, cron, time_zone, priority, overlap, created_by, next_at, wake_at)
     select 'default', 'schedule-' || n, 1, 'ocr', '0 0 1 1 *', 'UTC', 3, 'skip', 1, at, at
     from generate_series(1, $1) n cross join lateral (select now() - make_interval(secs => $1 + 1 - n)) t (at)`,
    [MANY],
  );
});

const fired = async () => {
  const [row] = await bench.db.query<{ n: number; times: number }>(
    `select count(*)::int as n, count(distinct data ->> 'schedule')::int as times from pantry_queue.events where kind = 'schedule_fired'`,
  );
  return [row?.n, row?.times];
};
function roundNamed(name: string) {
  const deps = { db: bench.db, notifier: createNotifier(bench.db), log: testLog };
  const rounds = [...scheduleRounds(deps), ...laterRounds(deps as unknown as Parameters<typeof laterRounds>[0])];
  const round = rounds.find((each) => each.name === name);
  if (!round) throw new Error(`there is no round ${name}`);
  return round;
}

describe(`${MANY} schedules that are due at once`, () => {
  it('[Q12] fire once each in one round, and the other rounds go on meanwhile', async () => {
    const [pending = 0, later = 0] = await addReceipts(bench.db, 2);
    await bench.queue.enqueueOcr({ receipt_id: later, delay_seconds: 600 }, asOwner);
    await bench.db.query(`update pantry_queue.jobs set run_at = now() - interval '1 second'`);
    expect(MANY).toBeLessThanOrEqual(SCHEDULES.slice * SCHEDULES.slicesARound);
    const whole = roundNamed('schedules').run();
    await roundNamed('scheduled').run();
    const meanwhile = await fired();
    expect(await bench.queue.getJobStatus({ job_id: `ocr-${later}` }, asOwner)).toMatchObject({ status: 'queued' });
    await whole;
    expect(meanwhile[0]).toBeLessThan(MANY);
    expect(await fired()).toEqual([MANY, MANY]);
    const [row] = await bench.db.query<{ n: number }>('select count(*)::int as n from pantry_queue.jobs');
    expect(row?.n).toBe(2);
    expect(await bench.queue.getJobStatus({ job_id: `ocr-${pending}` }, asOwner)).toMatchObject({ generation: 1 });
  });

  it('[I10] fire although more than a slice of those before them are held by somebody else', async () => {
    const held = SCHEDULES.slice + 50;
    await bench.db.transaction(async (tx) => {
      await tx.query('select from pantry_queue.schedules order by wake_at limit $1 for update', [held]);
      await roundNamed('schedules').run();
    });
    expect(await fired()).toEqual([MANY - held, MANY - held]);
    await roundNamed('schedules').run();
    expect(await fired()).toEqual([MANY, MANY]);
  });
});
