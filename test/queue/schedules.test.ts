import { describe, expect, it } from 'vitest';
import type { Principal } from '../../src/contract/principal.ts';
import { SCHEDULES } from '../../src/contract/schedule-policies.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { createScheduleBench, refusal } from './support/schedule-bench.ts';

const bench = useGate();
const { create, show, jobs, events, later, nextTime, fire } = createScheduleBench(bench);

describe('a person', () => {
  it('[Q12] pauses a schedule, whose times pass, and resumes it from its next time on', async () => {
    await addReceipts(bench.db, 1);
    await create();
    const first = await nextTime();
    const paused = await bench.queue.pauseSchedule({ name: 'nightly', note: 'stocktaking' }, asOwner);
    expect(paused).toMatchObject({ changed: true, next_at: null, paused: { by: 'user 1', note: 'stocktaking' } });
    expect(await bench.queue.pauseSchedule({ name: 'nightly' }, asOwner)).toMatchObject({ changed: false });
    expect(await fire(later(first, 3))).toEqual([]);
    expect((await show()).next).toHaveLength(SCHEDULES.nextTimes);
    expect(await bench.queue.resumeSchedule({ name: 'nightly' }, asOwner)).toMatchObject({
      changed: true,
      paused: null,
      next_at: first.toISOString(),
    });
    expect(await fire(first)).toMatchObject([{ missed: null, queued: 1 }]);
  });

  it('[Q12] runs a schedule now, also a paused one, once for each key', async () => {
    await addReceipts(bench.db, 2);
    await create();
    const { next_at } = await show();
    await bench.queue.pauseSchedule({ name: 'nightly' }, asOwner);
    const key = { name: 'nightly', idempotency_key: 'k1' };
    const run = await bench.queue.runScheduleNow(key, asOwner);
    expect(run).toMatchObject({ outcome: 'fired', queued: 2, trigger: 'person' });
    expect(await bench.queue.runScheduleNow(key, asOwner)).toEqual(run);
    expect(await events()).toHaveLength(1);
    expect(await bench.queue.resumeSchedule({ name: 'nightly' }, asOwner)).toMatchObject({ next_at });
  });

  it('[Q12] makes up for past times by the overlap policy, and can look at them first', async () => {
    await addReceipts(bench.db, 1);
    await create({ cron: '0 2 * * *', time_zone: 'Europe/Berlin' });
    const span = { name: 'nightly', from: '2026-10-24T00:00:00Z', to: '2026-10-26T01:00:00Z' };
    const times = ['2026-10-24T00:00:00.000Z', '2026-10-25T00:00:00.000Z', '2026-10-26T01:00:00.000Z'];
    const looked = await bench.queue.backfillSchedule({ ...span, preview: true }, asOwner);
    expect(looked).toEqual({ name: 'nightly', times, runs: [] });
    expect(await events()).toEqual([]);
    const made = await bench.queue.backfillSchedule(span, asOwner);
    expect(made.runs.map(({ outcome, queued }) => [outcome, queued])).toEqual([
      ['fired', 1],
      ['overlap', 0],
      ['overlap', 0],
    ]);
    await bench.queue.updateSchedule({ name: 'nightly', overlap: 'allow_all' }, asOwner);
    const again = await bench.queue.backfillSchedule(span, asOwner);
    expect(again.runs.map(({ outcome, deduplicated }) => [outcome, deduplicated])).toEqual(
      times.map(() => ['fired', 1]),
    );
    expect(again.runs.map(({ scheduled_for }) => scheduled_for)).toEqual(times);
  });

  it('[Q12] changes a schedule, which fires by its new clock from then on', async () => {
    await create();
    const changed = await bench.queue.updateSchedule(
      { name: 'nightly', cron: '30 4 * * *', time_zone: 'Asia/Kolkata', priority: 'low' },
      asOwner,
    );
    expect(changed).toMatchObject({ cron: '30 4 * * *', time_zone: 'Asia/Kolkata', priority: 'low', overlap: 'skip' });
    expect(changed.next_at).toMatch(/T23:00:00.000Z$/);
    const { next } = await show();
    expect(next.map(({ local }) => local.slice(10))).toEqual(next.map(() => 'T04:30:00+05:30'));
  });

  it('[Q12] deletes a schedule: it fires no more, and its jobs stay', async () => {
    await addReceipts(bench.db, 1);
    await create();
    const first = await nextTime();
    await fire(first);
    await bench.queue.deleteSchedule({ name: 'nightly' }, asOwner);
    expect(await fire(later(first, 1))).toEqual([]);
    expect(await jobs()).toHaveLength(1);
    expect(await refusal(show())).toMatchObject({ code: 'schedule_not_found' });
  });

  it('[Q12] creates the same schedule twice and has one; a name that is taken is refused', async () => {
    expect(await create()).toMatchObject({ created: true });
    expect(await create()).toMatchObject({ created: false });
    expect(await refusal(create({ cron: '5 * * * *' }))).toMatchObject({ code: 'schedule_exists', fields: ['/name'] });
    expect((await bench.queue.listSchedules({}, asOwner)).schedules).toHaveLength(1);
  });
});

describe('what is refused', () => {
  const RULES: readonly [what: string, asked: Parameters<typeof create>[0], field: string, says: RegExp][] = [
    ['a date that never comes', { cron: '0 0 30 2 *' }, '/cron', /never fires.*Example/],
    ['31 April', { cron: '0 0 31 4 *' }, '/cron', /never fires/],
    ['a field for seconds', { cron: '* * * * * *' }, '/cron', /5 fields .*not 6.*Seconds/],
    ['a minute beyond the hour', { cron: '60 * * * *' }, '/cron', /cannot be read.*minute: 60.*Example/],
    ['a step beyond the hour', { cron: '*/61 * * * *' }, '/cron', /cannot be read/],
    ['a day that is none', { cron: '0 0 * * 8' }, '/cron', /cannot be read/],
    ['a start that nobody can see', { cron: '@reboot' }, '/cron', /5 fields/],
    ['a date', { cron: '2026-12-24T12:00:00' }, '/cron', /5 fields/],
    ['words', { cron: 'every day at noon ok' }, '/cron', /cannot be read/],
    ['text that would steer a terminal', { cron: '0 \u001b[2J * * *' }, '/cron', /^[^\p{Cc}]*$/u],
    ['a zone that is none', { time_zone: 'Mars/Olympus' }, '/time_zone', /IANA name as "Europe\/Berlin"/],
    ['an offset as a zone', { time_zone: '+05:30' }, '/time_zone', /IANA/],
    ['an empty name', { name: '' }, '/name', /1 to 64/],
    ['a name with a path in it', { name: '../nightly' }, '/name', /as in "nightly"/],
    ['a name that is too long', { name: 'n'.repeat(65) }, '/name', /1 to 64/],
    ['a user beside all of them', { user_id: 1, all_users: true }, '/all_users', /either/],
  ];

  it.each(RULES)(
    '[Q12] %s is refused with its field and what to write, and changes nothing',
    async (_what, asked, field, says) => {
      expect(await refusal(create(asked))).toEqual({
        code: 'invalid_argument',
        message: expect.stringMatching(says),
        fields: [field],
      });
      expect((await bench.queue.listSchedules({}, asOwner)).schedules).toEqual([]);
    },
  );

  it('[Q12] a change to a cron expression that never fires leaves the schedule as it was', async () => {
    await create();
    const before = await show();
    const wrong = bench.queue.updateSchedule({ name: 'nightly', cron: '0 0 30 2 *' }, asOwner);
    expect(await refusal(wrong)).toMatchObject({ code: 'invalid_argument', fields: ['/cron'] });
    expect((await show()).cron).toBe(before.cron);
  });

  it.each([
    ['in the future', '2026-01-01T00:00:00Z', '2999-01-01T00:00:00Z', '/to'],
    ['backwards', '2026-10-02T00:00:00Z', '2026-10-01T00:00:00Z', '/from'],
    ['too far back', '2001-01-01T00:00:00Z', '2001-01-02T00:00:00Z', '/from'],
    ['with too many times', '2026-10-01T00:00:00Z', '2026-10-10T00:00:00Z', '/to'],
  ])('[Q12] a backfill %s is refused, and queues nothing', async (_what, from, to, field) => {
    await addReceipts(bench.db, 1);
    await create();
    const asked = bench.queue.backfillSchedule({ name: 'nightly', from, to }, asOwner);
    expect(await refusal(asked)).toMatchObject({ code: 'invalid_argument', fields: [field] });
    expect(await jobs()).toEqual([]);
  });

  it('[Q12] more schedules than a user may have are refused, also where many are made at once', async () => {
    await Promise.all(Array.from({ length: SCHEDULES.ofUser - 1 }, (_, nth) => create({ name: `s${nth}` })));
    const last = await Promise.all(['a', 'b', 'c'].map((name) => refusal(create({ name }))));
    expect(last.filter((each) => each === 'answered')).toHaveLength(1);
    expect(last).toContainEqual(expect.objectContaining({ code: 'too_many_schedules' }));
    expect(await refusal(create({ name: 'd', user_id: 2 }))).toBe('answered');
  });

  it('[S1] a schedule of another user or tenant is answered like one that does not exist', async () => {
    await create({ user_id: 7 });
    const as = (changes: Partial<Principal>) => ({ principal: { ...asOwner.principal, ...changes } });
    const scopes = new Set(['jobs:read', 'jobs:write'] as const);
    const span = { from: '2026-10-24T00:00:00Z', to: '2026-10-24T01:00:00Z' };
    const { queue } = bench;
    for (const context of [as({ user: 2, scopes }), as({ tenant: 'other' })]) {
      for (const call of [
        () => queue.getSchedule({ name: 'nightly' }, context),
        () => queue.updateSchedule({ name: 'nightly', overlap: 'allow_all' }, context),
        () => queue.pauseSchedule({ name: 'nightly' }, context),
        () => queue.resumeSchedule({ name: 'nightly' }, context),
        () => queue.runScheduleNow({ name: 'nightly' }, context),
        () => queue.backfillSchedule({ name: 'nightly', ...span }, context),
        () => queue.deleteSchedule({ name: 'nightly' }, context),
      ]) {
        expect(await refusal(call())).toEqual({
          code: 'schedule_not_found',
          message: 'There is no schedule "nightly".',
          fields: ['/name'],
        });
      }
      expect((await queue.listSchedules({}, context)).schedules).toEqual([]);
    }
    const all = queue.createSchedule({ name: 'all', cron: '0 * * * *', all_users: true }, as({ user: 2, scopes }));
    expect(await refusal(all)).toMatchObject({ code: 'forbidden' });
    expect(await show()).toMatchObject({ user_id: 7, overlap: 'skip', paused: null });
  });
});
