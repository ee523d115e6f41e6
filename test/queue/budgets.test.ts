import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import { renewBudgets, setBudget } from '../../src/ledger/money/budgets.ts';
import { textOf } from '../../src/words/answers.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { createBillBench } from './support/bill-bench.ts';

const bench = useGate();
const { clearAll, usd, called, store, paid, paidAt, fold, caps, eventsOf, wrong } = createBillBench(bench);
beforeEach(clearAll);

const budget = (asked: Partial<InputOf<'setBudget'>> = {}) =>
  bench.queue.setBudget({ amount: '1', currency: 'USD', period: 'day', ...asked }, asOwner);
const listed = () => bench.queue.listBudgets({}, asOwner).then(({ budgets }) => budgets);
const problems = async () =>
  (await bench.queue.queueInfo({}, asOwner)).problems.filter(({ code }) => code === 'budget_exhausted');

describe('a budget', () => {
  it('[Q23] that is used up lets no further call of its owner begin, with an event, a problem and a reason', async () => {
    await budget({ user_id: 7 });
    const last = await paid(usd('0.6'), 7);
    expect(await caps()).toEqual([]);
    const over = await paid(usd('0.5'), 7);
    expect(await caps()).toMatchObject([{ user_id: 7, in_flight: 0 }]);
    const [event, ...others] = await eventsOf('budget_exhausted');
    expect(others).toEqual([]);
    const [job] = await bench.db.query('select job_no from pantry_queue.jobs where subject = $1', [over.subject]);
    expect(event).toMatchObject({
      job_no: job?.job_no,
      user_id: 7,
      data: { budget_of: 7, amount: '1', spent: '1.1', currency: 'USD', period: 'day' },
    });
    expect(await problems()).toMatchObject([
      { message: expect.stringContaining('The budget of user 7 is used up: 1.1 of 1 USD a day spent') },
    ]);
    const [mine = 0, theirs = 0] = [...(await addReceipts(bench.db, 1, 7)), ...(await addReceipts(bench.db, 1, 8))];
    await beatAs(bench.db, 'w1', 20);
    for (const id of [mine, theirs]) await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
    await bench.dispatch.tick();
    const phase = (id: number) => bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner);
    expect(await phase(theirs)).toMatchObject({ phase: 'worker' });
    expect(await phase(mine)).toMatchObject({
      phase: 'admission',
      waiting_for: expect.stringContaining('the budget of user 7 to be raised'),
    });
    expect(last.subject).not.toBe(over.subject);
    expect(await listed()).toMatchObject([{ user_id: 7, spent: '1.1', left: '0', over: '0.1' }]);
    expect(await wrong()).toEqual([]);
  });

  it('[Q23] is exceeded by no more than the calls that were in flight when it was used up', async () => {
    await budget({ user_id: 7 });
    const runs = await Promise.all(Array.from({ length: 8 }, () => called(7)));
    await Promise.all(runs.map((run) => store(run, usd('0.4'))));
    expect(await listed()).toMatchObject([{ spent: '3.2', over: '2.2' }]);
    expect(await eventsOf('budget_exhausted')).toHaveLength(1);
    const [id = 0] = await addReceipts(bench.db, 1, 7);
    await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
    await bench.db.query(`update pantry_queue.jobs set phase = 'worker' where subject = $1`, [id]);
    const run = { kind: 'ocr', subject: id, generation: 1, runNo: 1 };
    expect(await beginAttempt(bench.db, run, { id: 'w1', name: 'w1' })).toMatchObject({
      kind: 'wait',
      why: 'held',
      cap: { reason: 'budget_exhausted', user_id: 7 },
    });
    expect(await wrong()).toEqual([]);
  });

  it('[Q23] of 0 lets nothing that is paid be called, from the moment it is set', async () => {
    await budget({ amount: '0' });
    expect(await caps()).toMatchObject([{ user_id: null, in_flight: 0 }]);
    expect(await eventsOf('budget_exhausted')).toMatchObject([{ job_no: null, data: { budget_of: null } }]);
    expect(await problems()).toMatchObject([
      { message: expect.stringContaining('The budget of the queue is used up') },
    ]);
    expect(await wrong()).toEqual([]);
  });

  it('[Q23] counts what was spent in its period before it was set, added to the sums or not yet', async () => {
    await paid(usd('0.4'), 7);
    await fold();
    await paid(usd('0.3'), 7);
    await paid(usd('5'), 8);
    expect(await budget({ user_id: 7, period: 'month' })).toMatchObject({ spent: '0.7', left: '0.3' });
    expect(await budget({ amount: '50' })).toMatchObject({ spent: '5.7' });
    await paid(usd('0.3'), 7);
    expect(await caps()).toMatchObject([{ user_id: 7 }]);
    expect(await wrong()).toEqual([]);
  });

  it('[Q23] lets the queue go on when it is raised or removed, and says so', async () => {
    await budget();
    await paid(usd('1'));
    expect(await caps()).toHaveLength(1);
    expect(await budget({ amount: '1.5' })).toMatchObject({ spent: '1', left: '0.5' });
    expect(await caps()).toEqual([]);
    await paid(usd('0.5'));
    expect(await caps()).toHaveLength(1);
    expect(await bench.queue.removeBudget({ currency: 'USD', period: 'day' }, asOwner)).toEqual({ removed: true });
    expect(await caps()).toEqual([]);
    expect(await eventsOf('budget_renewed')).toHaveLength(2);
    expect(await bench.queue.removeBudget({ currency: 'USD', period: 'day' }, asOwner)).toEqual({ removed: false });
  });

  it('[Q23] holds while another one of the same owner is used up', async () => {
    await budget({ user_id: 7 });
    await budget({ user_id: 7, period: 'month' });
    await paid(usd('1'), 7);
    await budget({ user_id: 7, amount: '10' });
    expect(await caps()).toMatchObject([{ user_id: 7, note: expect.stringContaining('a month') }]);
    await budget({ user_id: 7, period: 'month', amount: '10' });
    expect(await caps()).toEqual([]);
  });

  it('[Q23] counts its own currency only', async () => {
    await budget();
    await paid({ ...usd('100'), currency: 'EUR' });
    expect(await listed()).toMatchObject([{ spent: '0' }]);
    expect(await caps()).toEqual([]);
  });

  it('[Q23] that is set while calls are being stored counts each of them once', async () => {
    for (let round = 0; round < 4; round++) {
      await clearAll();
      const runs = await Promise.all(Array.from({ length: 6 }, () => called(7)));
      const calls = runs.map((run) => store(run, usd('0.1')));
      await Promise.all([...calls, budget({ user_id: 7 }), budget({ amount: '0.5' })]);
      expect(await listed().then((all) => all.map(({ spent }) => spent))).toEqual(['0.6', '0.6']);
      expect(await caps()).toMatchObject([{ user_id: null }]);
      expect(await wrong()).toEqual([]);
    }
  });

  it('[Q23] is kept by the ledger when the call that uses it up is undone', async () => {
    await budget();
    const run = await called();
    const undone = bench.db.transaction(async (tx) => {
      await tx.query(
        `insert into pantry_queue.paid_calls (job_no, attempt, tenant_id, user_id, cost, currency)
         select job_no, 1, tenant_id, user_id, 5, 'USD' from pantry_queue.jobs where subject = $1`,
        [run.subject],
      );
      throw new Error('the connection was lost');
    });
    await expect(undone).rejects.toThrow();
    expect(await caps()).toEqual([]);
    expect(await listed()).toMatchObject([{ spent: '0' }]);
    await store(run, usd('5'));
    expect(await caps()).toHaveLength(1);
  });

  it.each<[string, Partial<InputOf<'setBudget'>>]>([
    ['a negative amount', { amount: '-1' }],
    ['an amount that is no number', { amount: 'much' }],
    ['an amount with an exponent', { amount: '1e3' }],
    ['more than any bill', { amount: '1'.repeat(13) }],
    ['an unknown currency', { currency: 'XYZ' }],
    ['a currency in small letters', { currency: 'usd' }],
    ['an unknown time zone', { time_zone: 'Europe/Atlantis' }],
    ['an offset as time zone', { time_zone: '+02:00' }],
    ['a time zone with a quote', { time_zone: "UTC'" }],
  ])('[Q23] with %s is refused, and nothing is changed', async (_name, asked) => {
    await expect(budget(asked)).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await listed()).toEqual([]);
  });

  it('[S1] is set only by who runs the queue, and shown to those who fall under it', async () => {
    await budget({ user_id: 7 });
    await budget({ user_id: 8 });
    await budget();
    const scopes = new Set(['jobs:read', 'jobs:write'] as const);
    const own = { principal: { tenant: 'default', user: 7, scopes } };
    const { budgets } = await bench.queue.listBudgets({}, own);
    expect(budgets.map(({ user_id }) => user_id)).toEqual([7, null]);
    const raise = bench.queue.setBudget({ amount: '9', currency: 'USD', period: 'day', user_id: 7 }, own);
    await expect(raise).rejects.toMatchObject({ code: 'forbidden' });
    const other = { principal: { tenant: 'another', user: 7, scopes } };
    expect((await bench.queue.listBudgets({}, other)).budgets).toEqual([]);
  });

  it('[Q23] is told to a person with what is left', async () => {
    const set = await budget({ user_id: 7, amount: '25.00' });
    expect(textOf('setBudget', set)[0]).toBe('Calls for user 7 may cost 25 USD a day (UTC).');
    expect(textOf('listBudgets', { budgets: [set], next_cursor: null })[1]).toMatch(/^user 7 +day +25 USD +0 +25 /);
  });
});

describe('the period of a budget', () => {
  const ZONES = [
    'UTC',
    'America/New_York',
    'Europe/Berlin',
    'America/Havana',
    'Africa/Cairo',
    'America/Santiago',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Asia/Beirut',
    'Pacific/Apia',
  ];
  const dayIn = (at: Date, timeZone: string) =>
    new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);
  const periodOf = async (at: Date, period: 'day' | 'month', zone: string) => {
    const [row] = await bench.db.query<{ begins_at: Date; ends_at: Date }>(
      'select * from pantry_queue.period_of($1, $2, $3)',
      [at, period, zone],
    );
    if (!row) throw new Error('no period');
    return row;
  };

  it.each(ZONES)(
    '[Q23] in %s is a day of its calendar at any moment, and the next begins where it ends',
    async (zone) => {
      const year = fc
        .integer({ min: 0, max: 366 * 24 * 4 })
        .map((nth) => new Date(Date.UTC(2026, 0, 1) + nth * 900_000));
      await fc.assert(
        fc.asyncProperty(year, fc.constantFrom('day' as const, 'month' as const), async (at, period) => {
          const { begins_at, ends_at } = await periodOf(at, period, zone);
          expect(begins_at.getTime()).toBeLessThanOrEqual(at.getTime());
          expect(ends_at.getTime()).toBeGreaterThan(at.getTime());
          const next = await periodOf(ends_at, period, zone);
          expect(next.begins_at).toEqual(ends_at);
          const cut = period === 'day' ? 10 : 7;
          const middle = new Date((begins_at.getTime() + ends_at.getTime()) / 2);
          expect(dayIn(begins_at, zone).slice(0, cut)).toBe(dayIn(middle, zone).slice(0, cut));
          expect(dayIn(ends_at, zone).slice(0, cut)).not.toBe(dayIn(middle, zone).slice(0, cut));
        }),
        { numRuns: 30 },
      );
    },
  );

  it.each([
    ['America/New_York', '2026-03-08', 23],
    ['America/New_York', '2026-11-01', 25],
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
  ])('[Q23] in %s on %s has %i hours', async (zone, day, hours) => {
    const { begins_at, ends_at } = await periodOf(new Date(`${day}T12:00:00Z`), 'day', zone);
    expect((ends_at.getTime() - begins_at.getTime()) / 3_600_000).toBe(hours);
  });

  it('[Q23] whose midnight comes twice begins at the second, and no moment is in no day', async () => {
    const between = await periodOf(new Date('2026-11-01T04:30:00Z'), 'day', 'America/Havana');
    expect(between).toEqual({ begins_at: new Date('2026-10-31T04:00Z'), ends_at: new Date('2026-11-01T05:00Z') });
  });

  it('[Q23] ends with its zone’s day: what is spent later counts for the next, and the queue goes on by itself', async () => {
    const at = (time: string) => new Date(time);
    const key = { tenant: 'default', userId: 7, currency: 'USD', period: 'day' } as const;
    // The day on which clocks go back in New York: it ends at 05:00 UTC, an hour later than the day before.
    const set = { amount: '1', timeZone: 'America/New_York', by: 'user 1', at: at('2026-11-01T04:30:00Z') };
    await setBudget(bench.db, key, set);
    await paidAt('2026-11-02T04:59:59Z', usd('1'), 7);
    expect(await caps()).toHaveLength(1);
    expect(await renewBudgets(bench.db, 10, at('2026-11-02T04:59:59.999Z'))).toBe(0);
    expect(await caps()).toHaveLength(1);
    expect(await renewBudgets(bench.db, 10, at('2026-11-02T05:00:00Z'))).toBe(1);
    expect(await caps()).toEqual([]);
    expect(await eventsOf('budget_renewed')).toMatchObject([{ user_id: 7, data: { budget_of: 7 } }]);
    await paidAt('2026-11-02T05:00:00Z', usd('0.4'), 7);
    // A call whose commit comes late belongs to the day that is over.
    await paidAt('2026-11-02T04:59:58Z', usd('3'), 7);
    const [row] = await bench.db.query('select trim_scale(spent)::text as spent from pantry_queue.budgets');
    expect(row).toEqual({ spent: '0.4' });
    expect(await wrong()).toEqual([]);
  });

  it('[Q23] that was not renewed by a round begins with the first call in it', async () => {
    const key = { tenant: 'default', userId: 7, currency: 'USD', period: 'month' } as const;
    await setBudget(bench.db, key, {
      amount: '5',
      timeZone: 'UTC',
      by: 'user 1',
      at: new Date('2026-01-05T00:00:00Z'),
    });
    await paidAt('2026-01-31T23:59:59Z', usd('4'), 7);
    await paidAt('2026-02-01T00:00:00Z', usd('3'), 7);
    expect(await caps()).toEqual([]);
    await paidAt('2026-02-28T23:59:59Z', usd('2'), 7);
    expect(await caps()).toHaveLength(1);
    expect(await wrong()).toEqual([]);
  });

  it('[Q23] of a budget of 0 is followed by the next without a moment in which a call may begin', async () => {
    await budget({ amount: '0' });
    await bench.db.query(
      `update pantry_queue.budgets set begins_at = begins_at - interval '1 day', ends_at = begins_at`,
    );
    expect(await renewBudgets(bench.db, 10)).toBe(1);
    expect(await caps()).toHaveLength(1);
    expect(await eventsOf('budget_renewed')).toEqual([]);
    expect(await eventsOf('budget_exhausted')).toHaveLength(1);
  });
});
