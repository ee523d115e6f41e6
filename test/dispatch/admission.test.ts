import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { GATE } from '../../src/contract/policies.ts';
import { admit } from '../../src/ledger/admission.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, capOf, clearJobs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
beforeEach(() => clearJobs(bench.db));

/** What a job in the engine may be, how its row is made so, and whether it takes a place in the window. */
const STATES = {
  worker: { set: `status = 'queued', phase = 'worker'`, active: true },
  agent: { set: `status = 'started', phase = 'agent'`, active: true },
  saving: { set: `status = 'started', phase = 'saving'`, active: true },
  'held by a cap': {
    set: `status = 'deferred', phase = 'paused', next_attempt_at = now() + interval '9 s'`,
    active: false,
  },
  'own back-off': {
    set: `status = 'deferred', phase = 'backoff', error_code = 'agent_error', next_attempt_at = now() + interval '9 s'`,
    active: false,
  },
  'paused by a person': { set: `status = 'deferred', phase = 'paused', next_attempt_at = null`, active: false },
  stuck: { set: `status = 'queued', phase = 'worker', stuck_since = now(), stuck_cause = 'it fails'`, active: false },
} as const;
type EngineState = keyof typeof STATES;

interface Owner {
  readonly waiting: number;
  readonly open: readonly EngineState[];
}
const owner: fc.Arbitrary<Owner> = fc.record({
  waiting: fc.nat({ max: 12 }),
  open: fc.array(fc.constantFrom(...(Object.keys(STATES) as EngineState[])), { maxLength: 8 }),
});

async function fill(owners: readonly Owner[]): Promise<void> {
  await clearJobs(bench.db);
  for (const [index, { waiting, open }] of owners.entries()) {
    const ids = await addReceipts(bench.db, waiting + open.length, index + 1);
    if (ids.length > 0) await bench.queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
    for (const [at, state] of open.entries()) {
      const id = ids[at];
      await bench.db.query(
        `update pantry_queue.jobs set status = 'queued', phase = 'worker', admitted_at = now() where subject = $1`,
        [id],
      );
      await bench.db.query(`update pantry_queue.jobs set ${STATES[state].set} where subject = $1`, [id]);
    }
  }
}

describe('[Q10] admission, whatever the owners have in the engine', () => {
  it('never errs, never opens more than the window, its kept places or four times of it, and passes over owners at their cap', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(owner, { minLength: 1, maxLength: 6 }),
        fc.nat({ max: 12 }),
        fc.integer({ min: 1, max: 10 }),
        async (owners, slots, ownerCap) => {
          await fill(owners);
          if (slots > 0) await beatAs(bench.db, 'w', slots);
          for (const at of owners.keys()) await capOf(bench.db, { user_id: at + 1, in_flight: ownerCap });
          const admitted = await admit(bench.db, GATE.maxWindow);

          const window = Math.max(GATE.minWindow, GATE.windowPerSlot * slots);
          const activeOf = owners.map(({ open }) => open.filter((state) => STATES[state].active).length);
          const active = activeOf.reduce((sum, n) => sum + n, 0);
          const open = owners.reduce((sum, { open: states }) => sum + states.length, 0);
          const kept = Math.max(1, Math.floor(window / GATE.windowPerKeptPlace));
          const mayOpen = window * GATE.openPerWindow - open;
          const free = Math.max(0, Math.min(window - active, mayOpen));
          const firstWaits = owners.findIndex(({ open: states }) => states.includes('worker'));
          const havePassed = activeOf.filter((n, at) => firstWaits >= 0 && n === 1 && at > firstWaits).length;
          const mayPass = Math.max(0, kept - havePassed);
          const places = Math.max(free, Math.min(free + mayPass, window + kept - active, mayOpen));
          const room = owners.map(({ waiting }, at) => Math.min(waiting, Math.max(0, ownerCap - (activeOf[at] ?? 0))));
          const possible = room.reduce((sum, n) => sum + n, 0);
          const perOwner = owners.map((_, at) => admitted.filter((run) => run.userId === at + 1).length);
          const isNew = (at: number) => activeOf[at] === 0 && (room[at] ?? 0) > 0;
          // As many as may: nobody at a cap takes a place from one who is not.
          expect(admitted.length).toBeGreaterThanOrEqual(Math.min(free, possible));
          expect(admitted.length).toBeLessThanOrEqual(places);
          // Beyond the window, each is the first of its owner, and none of those is left while there is a place.
          const firsts = perOwner.filter((n, at) => n > 0 && isNew(at)).length;
          expect(admitted.length - free).toBeLessThanOrEqual(firsts);
          if (admitted.length < places) expect(firsts).toBe(owners.filter((_, at) => isNew(at)).length);
          for (const [at, n] of perOwner.entries()) expect(n).toBeLessThanOrEqual(room[at] ?? 0);
          // In turn: an owner has two only when every other that could have one has one.
          const most = Math.max(...perOwner);
          for (const [at, n] of perOwner.entries()) {
            if (n < (room[at] ?? 0)) expect(n).toBeGreaterThanOrEqual(most - 1);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('admits who comes behind as many owners at their cap as there are free places', async () => {
    const atCap: Owner = { waiting: 5, open: ['agent'] };
    await fill([atCap, atCap, { waiting: 5, open: [] }]);
    for (const user_id of [1, 2, 3]) await capOf(bench.db, { user_id, in_flight: 1 });
    const admitted = await admit(bench.db, GATE.maxWindow);
    expect(admitted.map((run) => run.userId)).toEqual([3]);
  });

  it.each(['paused by a person', 'held by a cap'] as const)('goes on beside jobs that are %s', async (state) => {
    await fill([{ waiting: 40, open: Array.from({ length: GATE.minWindow }, () => state) }]);
    expect(await admit(bench.db, GATE.maxWindow)).toHaveLength(GATE.minWindow);
  });

  it('lets others in when all that is in the engine belongs to an owner who was paused', async () => {
    await fill([
      { waiting: 5, open: Array.from({ length: GATE.minWindow }, () => 'held by a cap' as const) },
      { waiting: 5, open: [] },
    ]);
    await capOf(bench.db, { user_id: 1, in_flight: 0 });
    const admitted = await admit(bench.db, GATE.maxWindow);
    expect(admitted.map((run) => run.userId)).toEqual(Array(GATE.minWindow).fill(2));
  });

  it('lets the first job of another owner in beside a window that one owner fills, before what that has waiting, and no second one', async () => {
    await fill([
      { waiting: 5, open: ['agent', ...Array.from({ length: GATE.minWindow - 1 }, () => 'worker' as const)] },
      { waiting: 5, open: [] },
    ]);
    const rounds = [await admit(bench.db, GATE.maxWindow), await admit(bench.db, GATE.maxWindow)];
    expect(rounds.map((admitted) => admitted.map(({ userId, passes }) => ({ userId, passes })))).toEqual([
      [{ userId: 2, passes: true }],
      [],
    ]);
  });

  it('lets nobody pass what waits while as many as may have passed it', async () => {
    await fill([
      { waiting: 5, open: Array.from({ length: GATE.minWindow - 1 }, () => 'worker' as const) },
      { waiting: 0, open: ['agent'] },
      { waiting: 5, open: [] },
    ]);
    expect(await admit(bench.db, GATE.maxWindow)).toEqual([]);
  });

  it('keeps the order of those who come while nothing waits', async () => {
    await fill([
      { waiting: 1, open: [] },
      { waiting: 1, open: [] },
    ]);
    const admitted = await admit(bench.db, GATE.maxWindow);
    expect(admitted.map((run) => run.passes)).toEqual([false, false]);
  });

  it('raises nothing when the window shrinks below what is in it', async () => {
    await fill([{ waiting: 5, open: Array.from({ length: 8 }, () => 'agent' as const) }]);
    expect(await admit(bench.db, GATE.maxWindow)).toEqual([]);
  });
});
