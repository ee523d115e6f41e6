import { describe, expect, it } from 'vitest';
import { FEED } from '../../src/contract/policies.ts';
import { forgetEvents } from '../../src/ledger/retention.ts';
import { dueSchedules } from '../../src/ledger/schedules/schedule-runs.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { createScheduleBench } from './support/schedule-bench.ts';

const bench = useGate();
const { create, show, jobs, events, later, nextTime, fire, finish, round } = createScheduleBench(bench);

describe('a schedule that is due', () => {
  it('[Q12] accepts all that is pending as one batch that names it, and tells so in an event', async () => {
    const ids = await addReceipts(bench.db, 3);
    await addReceipts(bench.db, 1, 2);
    await create({ priority: 'high' });
    const at = await nextTime();
    const [run] = await fire(at);
    expect(run).toMatchObject({ outcome: 'fired', total: 3, queued: 3, scheduled_for: at.toISOString(), missed: null });
    const batch_id = run?.batch_id ?? '';
    expect(await jobs()).toEqual(ids.map((subject) => ({ subject, priority: 1, batch_id })));
    expect(await bench.queue.getBatch({ batch_id }, asOwner)).toMatchObject({
      schedule: 'nightly',
      user_id: 1,
      total: 3,
    });
    const data = { schedule: 'nightly', scheduled_for: at.toISOString(), trigger: 'time', missed: null };
    expect(await events()).toEqual([{ kind: 'schedule_fired', job_no: null, user_id: 1, batch_id, data }]);
    expect(await show()).toMatchObject({ next_at: new Date(at.getTime() + 3_600_000).toISOString(), last: run });
    const own = { schedule: 'nightly' } as const;
    expect((await bench.queue.listBatches(own, asOwner)).batches).toMatchObject([{ batch_id, schedule: 'nightly' }]);
    expect((await bench.queue.listBatches({ schedule: 'other' }, asOwner)).batches).toEqual([]);
    const job_id = `ocr-${ids[0]}`;
    expect(await bench.queue.getJobStatus({ job_id }, asOwner)).toMatchObject({ batch_id, schedule: 'nightly' });
    const { lines } = await bench.queue.explainJob({ job_id }, asOwner);
    expect(lines[1]).toContain(`in ${batch_id} of schedule nightly.`);
  });

  it('[Q12] fires once, however many processes try at the same moment', async () => {
    await addReceipts(bench.db, 5);
    await create({ overlap: 'allow_all' });
    const at = await nextTime();
    const runs = await Promise.all(Array.from({ length: 8 }, () => fire(at)));
    expect(runs.flat()).toHaveLength(1);
    expect(await jobs()).toHaveLength(5);
    expect(await events()).toHaveLength(1);
  });

  it('[Q12] is not fired before its time, nor by a look at the same time again', async () => {
    await addReceipts(bench.db, 1);
    await create();
    const at = await nextTime();
    expect(await fire(new Date(at.getTime() - 1))).toEqual([]);
    expect(await fire(at)).toHaveLength(1);
    expect(await fire(at)).toEqual([]);
  });

  it('[Q12] that is killed between its jobs and its commit has accepted nothing, and fires once afterwards', async () => {
    await addReceipts(bench.db, 4);
    await create();
    const at = await nextTime();
    await bench.db.query(`create function pantry_queue.die() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$`);
    await bench.db.query(`create trigger die before update on pantry_queue.schedules
      for each row execute function pantry_queue.die()`);
    await expect(fire(at)).rejects.toMatchObject({ code: 'ledger_unavailable' });
    expect(await jobs()).toEqual([]);
    expect(await events()).toEqual([]);
    await bench.db.query('drop function pantry_queue.die() cascade');
    expect(await fire(at)).toMatchObject([{ outcome: 'fired', queued: 4 }]);
    expect(await jobs()).toHaveLength(4);
  });

  it('[Q12] after an outage makes one run, and names the times that were missed', async () => {
    await addReceipts(bench.db, 2);
    await create();
    const first = await nextTime();
    const [run, ...others] = await fire(later(first, 30.5));
    expect(others).toEqual([]);
    const missed = { count: 30, first: first.toISOString(), last: later(first, 29).toISOString() };
    expect(run).toMatchObject({ outcome: 'fired', scheduled_for: later(first, 30).toISOString(), missed });
    expect(await events()).toMatchObject([{ data: { missed } }]);
    expect(await show()).toMatchObject({ next_at: later(first, 31).toISOString(), last: { missed } });
  });

  it('[Q12] after a very long outage counts missed times up to a bound, with the exact first and last', async () => {
    await create({ cron: '* * * * *' });
    const first = await nextTime();
    const [run] = await fire(new Date(first.getTime() + 5_000 * 60_000 + 59_900));
    expect(run).toMatchObject({
      scheduled_for: new Date(first.getTime() + 5_000 * 60_000).toISOString(),
      missed: {
        count: '1000+',
        first: first.toISOString(),
        last: new Date(first.getTime() + 4_999 * 60_000).toISOString(),
      },
    });
  });

  it('[Q12] with nothing pending tells that, and makes no batch', async () => {
    await create();
    expect(await fire(await nextTime())).toMatchObject([{ outcome: 'nothing_pending', batch_id: null, total: 0 }]);
    expect(await events()).toMatchObject([{ kind: 'schedule_fired', batch_id: null }]);
    expect((await bench.queue.listBatches({}, asOwner)).batches).toEqual([]);
  });

  it('[Q12] for all users accepts what is pending in its tenant, as a batch of who made it', async () => {
    for (const user of [1, 2, 7]) await addReceipts(bench.db, 2, user);
    const [foreign = 0] = await addReceipts(bench.db, 1, 7);
    await bench.db.query(`update pantry_queue.receipt_state set tenant_id = 'other' where receipt_id = $1`, [foreign]);
    await create({ all_users: true });
    const [run] = await fire(await nextTime());
    expect(run).toMatchObject({ outcome: 'fired', queued: 6 });
    const batch = await bench.queue.getBatch({ batch_id: run?.batch_id ?? '' }, asOwner);
    expect(batch).toMatchObject({ user_id: 1, total: 6 });
  });

  it('[Q12] is one of many, fired in slices that each look at few', async () => {
    const names = Array.from({ length: 12 }, (_, nth) => `s${nth}`);
    for (const name of names) await create({ name, overlap: 'allow_all' });
    const now = new Date(Date.now() + 2 * 3_600_000);
    expect(await dueSchedules(bench.db, { limit: 5, now })).toHaveLength(5);
    expect(await fire(now)).toHaveLength(12);
    expect(await dueSchedules(bench.db, { limit: 5, now })).toEqual([]);
  });

  it('[Q12] is fired by the round of a gate', async () => {
    const [id = 0] = await addReceipts(bench.db, 1);
    await create();
    await bench.db.query(`update pantry_queue.schedules set next_at = now(), wake_at = now()`);
    await bench.dispatch.sweep();
    expect(await jobs()).toMatchObject([{ subject: id }]);
  });
});

describe('while the batch of the run before has not ended', () => {
  it('[Q12] with overlap skip a time passes, and says so', async () => {
    const [id = 0] = await addReceipts(bench.db, 1);
    await create();
    const first = await nextTime();
    await fire(first);
    expect(await fire(later(first, 1))).toMatchObject([{ outcome: 'overlap', batch_id: null }]);
    expect((await events()).at(-1)).toMatchObject({ kind: 'schedule_skipped', data: { code: 'overlap' } });
    await finish(id);
    await round();
    expect(await fire(later(first, 2))).toMatchObject([{ outcome: 'fired', missed: null }]);
  });

  it('[Q12] with overlap buffer_one one run waits for its end, and stands for all times until then', async () => {
    const [id = 0] = await addReceipts(bench.db, 1);
    await create({ overlap: 'buffer_one' });
    const first = await nextTime();
    await fire(first);
    const [second, third] = [later(first, 1), later(first, 2)];
    expect(await fire(second)).toEqual([]);
    expect(await fire(third)).toEqual([]);
    expect(await show()).toMatchObject({ pending_for: second.toISOString(), last: { outcome: 'fired' } });
    await finish(id);
    await round();
    await addReceipts(bench.db, 1);
    const after = new Date(third.getTime() + 60_000);
    expect(await fire(after)).toMatchObject([
      {
        outcome: 'fired',
        scheduled_for: third.toISOString(),
        missed: { count: 1, first: second.toISOString(), last: second.toISOString() },
      },
    ]);
    expect(await fire(after)).toEqual([]);
    expect(await show()).toMatchObject({ pending_for: null, next_at: later(first, 3).toISOString() });
  });

  it('[Q12] with overlap allow_all every time makes its run', async () => {
    await addReceipts(bench.db, 1);
    await create({ overlap: 'allow_all' });
    const first = await nextTime();
    await fire(first);
    await addReceipts(bench.db, 1);
    expect(await fire(later(first, 1))).toMatchObject([{ outcome: 'fired', total: 2, queued: 1, deduplicated: 1 }]);
  });
});

describe('a schedule that fires under a limit', () => {
  it('[Q12] queues what fits, is skipped with the reason where nothing does, and is tried again', async () => {
    const ids = await addReceipts(bench.db, 3);
    await create({ cron: '0 0 1 1 *', overlap: 'allow_all' });
    const first = await nextTime();
    const seconds = (after: number) => new Date(first.getTime() + after * 1_000);
    const [imageless = 0] = ids;
    await bench.db.query(`update public.receipts set image_path = '' where id = $1`, [imageless]);
    await bench.queue.setCap({ user_id: 1, queued: 0 }, asOwner);
    expect(await fire(first)).toMatchObject([{ outcome: 'refused', code: 'queue_full', batch_id: null }]);
    expect(await jobs()).toEqual([]);
    expect(await events()).toMatchObject([{ kind: 'schedule_skipped', data: { code: 'queue_full' } }]);
    expect(await show()).toMatchObject({ pending_for: first.toISOString(), failing: { times: 1, code: 'queue_full' } });
    await bench.queue.setCap({ user_id: 1, queued: 1 }, asOwner);
    expect(await fire(seconds(59))).toEqual([]);
    expect(await fire(seconds(60))).toMatchObject([{ outcome: 'fired', total: 1, queued: 1, code: null }]);
    expect(await jobs()).toHaveLength(1);
    expect(await show()).toMatchObject({ pending_for: null, failing: null });
    await bench.queue.setCap({ user_id: 1, queued: null }, asOwner);
  });
});

describe('a schedule whose runs are refused', () => {
  it('[Q12] is tried again ever more rarely, is a problem with its code, and recovers', async () => {
    await addReceipts(bench.db, 1);
    await create({ cron: '0 0 1 1 *' });
    const first = await nextTime();
    await bench.db.query(`create function pantry_queue.refuse() returns trigger language plpgsql as $$
      begin raise exception 'no more jobs' using errcode = '23514'; end $$`);
    await bench.db.query(`create trigger refuse before insert on pantry_queue.jobs
      for each row execute function pantry_queue.refuse()`);
    const seconds = (after: number) => new Date(first.getTime() + after * 1_000);
    expect(await fire(first)).toMatchObject([{ outcome: 'refused', code: 'ledger_refused' }]);
    expect(await fire(seconds(59))).toEqual([]);
    expect(await fire(seconds(60))).toHaveLength(1);
    expect(await fire(seconds(179))).toEqual([]);
    expect(await fire(seconds(180))).toMatchObject([{ outcome: 'refused', scheduled_for: first.toISOString() }]);
    expect(await show()).toMatchObject({
      failing: { times: 3, code: 'ledger_refused' },
      pending_for: first.toISOString(),
    });
    const { problems } = await bench.queue.queueInfo({}, asOwner);
    expect(problems).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ part: 'schedules', message: expect.stringContaining('ledger_refused') }),
      ]),
    );
    await bench.db.query('drop function pantry_queue.refuse() cascade');
    expect(await fire(seconds(480))).toMatchObject([{ outcome: 'fired', queued: 1 }]);
    expect(await show()).toMatchObject({ failing: null, pending_for: null });
  });
});

it('[Q12] the events of times that lie long back are removed, and the newer ones stay', async () => {
  await create();
  const first = await nextTime();
  await fire(first);
  await bench.db.query(`update pantry_queue.events set at = now() - interval '40 days' where kind = 'schedule_fired'`);
  await fire(later(first, 1));
  // Transactions in other databases keep it from being final for a while.
  await expect.poll(() => forgetEvents(bench.db, FEED.keptS, 100), { timeout: 30_000 }).toBe(1);
  expect(await events()).toHaveLength(1);
});
