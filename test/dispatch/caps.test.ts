import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { GATE } from '../../src/contract/policies.ts';
import { createKinds } from '../../src/jobs/job-type.ts';
import { ocr } from '../../src/jobs/ocr/type.ts';
import { admit } from '../../src/ledger/admission.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, capOf, clearJobs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
beforeEach(async () => {
  await clearJobs(bench.db);
  await beatAs(bench.db, 'w', 10);
});

interface Lane {
  readonly tenant_id: string;
  readonly user_id: number;
  readonly kind: string;
  readonly waiting: number;
  readonly active: number;
}

let subject = 1_000_000;

/** Jobs as a kind's own code would accept them, without what the kind reads. */
async function fill(lanes: readonly Lane[]): Promise<void> {
  const rows = lanes.flatMap(({ waiting, active, ...lane }) =>
    Array.from({ length: waiting + active }, (_, nth) => ({ ...lane, subject: ++subject, starts: nth < active })),
  );
  await bench.db.query(
    `with given as (
       select * from jsonb_to_recordset($1::jsonb) as g (tenant_id text, user_id bigint, kind text, subject bigint, starts boolean)
     )
     insert into pantry_queue.jobs (tenant_id, user_id, kind, subject, generation, status, phase, give_up_at)
     select tenant_id, user_id, kind, subject, 1, 'queued', 'admission', now() + interval '1 hour' from given`,
    [JSON.stringify(rows)],
  );
  await bench.db.query(
    `update pantry_queue.jobs set phase = 'worker', handed_over_at = now() where subject = any ($1)`,
    [rows.filter(({ starts }) => starts).map((row) => row.subject)],
  );
}

/** The ledger of a program that knows another kind of job. */
const withSecond = () => ({ ...bench.db, kinds: createKinds([ocr, { ...ocr, kind: 'second' }]) });

type LaneRow = { tenant_id: string; user_id: number; kind: string; active: number; waiting: number };
const lanesNow = () =>
  bench.db.query<LaneRow>(
    `select tenant_id, user_id, kind, (count(*) filter (where active))::int as active,
            (count(*) filter (where phase = 'admission'))::int as waiting
     from pantry_queue.jobs group by 1, 2, 3`,
  );

type Scope = { tenant_id: string; user_id?: number; kind?: string };
const covers = (cap: Scope, lane: Scope) =>
  cap.tenant_id === lane.tenant_id &&
  (cap.user_id === undefined || cap.user_id === lane.user_id) &&
  (cap.kind === undefined || cap.kind === lane.kind);

const of = {
  tenant_id: fc.constantFrom('default', 'other'),
  user_id: fc.integer({ min: 1, max: 4 }),
  kind: fc.constantFrom('ocr', 'second'),
};
const lane: fc.Arbitrary<Lane> = fc.record({ ...of, waiting: fc.nat({ max: 6 }), active: fc.nat({ max: 3 }) });
const cap = fc.record(
  { ...of, in_flight: fc.nat({ max: 6 }), reason: fc.constantFrom('one', 'two') },
  { requiredKeys: ['tenant_id', 'in_flight', 'reason'] },
);

describe('[Q10] admission by numbers, whatever the caps', () => {
  it('exceeds none, and goes on until nobody below all of their caps waits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(lane, { maxLength: 8 }), fc.array(cap, { maxLength: 5 }), async (lanes, caps) => {
        await clearJobs(bench.db);
        await beatAs(bench.db, 'w', 40);
        await fill(lanes);
        for (const each of caps) await capOf(bench.db, each);
        const kept = await bench.db.query<Scope & { in_flight: number }>(
          `select jsonb_strip_nulls(to_jsonb(c)) as cap from pantry_queue.caps c`,
        );
        const limits = kept.map((row) => (row as unknown as { cap: Scope & { in_flight: number } }).cap);
        const activeIn = (rows: readonly LaneRow[], limit: Scope) =>
          rows.filter((row) => covers(limit, row)).reduce((sum, row) => sum + row.active, 0);

        const before = await lanesNow();
        for (let left = lanes.reduce((sum, each) => sum + each.waiting, 0); left >= 0; left--) {
          const admitted = await admit(withSecond(), GATE.maxWindow);
          const now = await lanesNow();
          for (const limit of limits) {
            expect(activeIn(now, limit)).toBeLessThanOrEqual(Math.max(limit.in_flight, activeIn(before, limit)));
          }
          const eligible = now.filter(
            (row) =>
              row.waiting > 0 && limits.every((limit) => !covers(limit, row) || activeIn(now, limit) < limit.in_flight),
          );
          if (admitted.length > 0) continue;
          expect(eligible).toEqual([]);
          break;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('an owner whose 10,000 jobs may not start is passed over in one step', async () => {
    await fill([
      { tenant_id: 'default', user_id: 1, kind: 'ocr', waiting: 10_000, active: 0 },
      { tenant_id: 'default', user_id: 2, kind: 'ocr', waiting: 1, active: 0 },
    ]);
    await capOf(bench.db, { user_id: 1, in_flight: 0 });
    expect((await admit(withSecond(), GATE.maxWindow)).map((run) => run.userId)).toEqual([2]);
  });

  it('[Q10] an owner who queues a job beside 5,000 of another owner is in the next admission, each time', async () => {
    await fill([{ tenant_id: 'default', user_id: 1, kind: 'ocr', waiting: 5_000, active: 0 }]);
    for (let nth = 0; nth < 10; nth++) {
      await fill([{ tenant_id: 'default', user_id: 2, kind: 'ocr', waiting: 1, active: 0 }]);
      expect((await admit(withSecond(), 2)).map((run) => run.userId).sort()).toEqual([1, 2]);
    }
  });

  it('a kind whose 10,000 jobs may not start holds up no other kind of its owner', async () => {
    await fill([
      { tenant_id: 'default', user_id: 1, kind: 'ocr', waiting: 10_000, active: 0 },
      { tenant_id: 'default', user_id: 1, kind: 'second', waiting: 2, active: 0 },
    ]);
    await capOf(bench.db, { kind: 'ocr', in_flight: 0 });
    expect(await admit(withSecond(), GATE.maxWindow)).toHaveLength(2);
  });

  it('[Q21] 10,000 jobs of a kind that this program does not know are left to wait, and hold up nobody', async () => {
    await fill([
      { tenant_id: 'default', user_id: 1, kind: 'another', waiting: 10_000, active: 0 },
      { tenant_id: 'default', user_id: 1, kind: 'ocr', waiting: 1, active: 0 },
      { tenant_id: 'default', user_id: 2, kind: 'another', waiting: 1, active: 0 },
      { tenant_id: 'default', user_id: 3, kind: 'ocr', waiting: 1, active: 0 },
    ]);
    const admitted = await admit(bench.db, GATE.maxWindow);
    expect(admitted.map(({ kind, userId }) => [kind, userId]).sort()).toEqual([
      ['ocr', 1],
      ['ocr', 3],
    ]);
  });

  it('more owners at their cap than one admission looks at hold up nobody for longer than the next one', async () => {
    await fill(
      Array.from({ length: 10_050 }, (_, at) => ({
        tenant_id: 'default',
        user_id: at + 1,
        kind: 'ocr',
        waiting: 1,
        active: 0,
      })),
    );
    await bench.db.query(
      `insert into pantry_queue.caps (tenant_id, user_id, in_flight, reason)
       select 'default', n, 0, 'made up' from generate_series(1, 10049) n`,
    );
    const admitted = [await admit(withSecond(), GATE.maxWindow), await admit(withSecond(), GATE.maxWindow)];
    expect(admitted.flat().map((run) => run.userId)).toEqual([10_050]);
  });

  it('an owner who shares a full cap of the tenant takes no turn of another tenant’s owner', async () => {
    await fill([
      ...[1, 2, 3, 4, 5, 6].map((user_id) => ({ tenant_id: 'a', user_id, kind: 'ocr', waiting: 5, active: 0 })),
      { tenant_id: 'b', user_id: 1, kind: 'ocr', waiting: 5, active: 0 },
    ]);
    await bench.db.query('delete from pantry_queue.workers');
    await capOf(bench.db, { tenant_id: 'a', in_flight: 1 });
    const admitted = await admit(withSecond(), GATE.maxWindow);
    expect(admitted.map((run) => run.tenant).sort()).toEqual(['a', 'b', 'b', 'b']);
  });
});

const SCOPES = {
  'an owner': { user_id: 1 },
  'a kind': { kind: 'ocr' },
  'an owner and a kind': { user_id: 1, kind: 'ocr' },
  'the tenant': {},
} as const;

describe.each(Object.entries(SCOPES))('a limit that nobody here knows, on %s', (_, scope) => {
  async function twoWait(): Promise<string[]> {
    const ids = await addReceipts(bench.db, 2, 1);
    await bench.queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
    return ids.map((id) => `ocr-${id}`);
  }
  const status = (job_id = '') => bench.queue.getJobStatus({ job_id }, asOwner);

  it('of 0 lets nothing start, is shown with its reason at the job and in queue_info, and ends with its row', async () => {
    await capOf(bench.db, { ...scope, in_flight: 0, reason: 'budget_spent' });
    const jobs = await twoWait();
    await bench.dispatch.tick();
    const { waiting_for, position, eta_s } = await status(jobs[1]);
    expect(waiting_for).toMatch(
      /^a limit to be lifted: no (ocr )?jobs( of user 1)? may start \(budget_spent, since 20/,
    );
    expect({ position, eta_s }).toEqual({ position: 1, eta_s: null });
    const { paused, problems } = await bench.queue.queueInfo({}, asOwner);
    expect(paused).toBeNull();
    expect(problems).toMatchObject([
      { part: 'queue', code: 'budget_spent', since: expect.any(String), jobs: 2, examples: jobs },
    ]);
    expect((await bench.queue.queueInfo({ user_id: 1 }, asOwner)).problems).toHaveLength(1);
    await bench.db.query('delete from pantry_queue.caps');
    await bench.dispatch.tick();
    expect((await status(jobs[1])).waiting_for).toBe('a free worker');
    expect((await bench.queue.queueInfo({}, asOwner)).problems).toEqual([]);
  });

  it('of 1 lets one start, and is named at the one that waits for its place', async () => {
    await capOf(bench.db, { ...scope, in_flight: 1, reason: 'small_plan' });
    const jobs = await twoWait();
    await bench.dispatch.tick();
    expect((await status(jobs[0])).waiting_for).toBe('a free worker');
    const { waiting_for, position } = await status(jobs[1]);
    expect(waiting_for).toMatch(
      /^a place under a limit: (ocr )?jobs( of user 1)? may have 1 in flight \(small_plan, since 20/,
    );
    expect(position).toBe(0);
    expect((await bench.queue.queueInfo({}, asOwner)).problems).toEqual([]);
  });
});

it('a limit on somebody else holds up nobody, and is a problem of theirs alone', async () => {
  await capOf(bench.db, { user_id: 2, in_flight: 0, reason: 'budget_spent' });
  await capOf(bench.db, { kind: 'second', in_flight: 0, reason: 'budget_spent' });
  await capOf(bench.db, { tenant_id: 'other', in_flight: 0, reason: 'budget_spent' });
  const [id = 0] = await addReceipts(bench.db, 1, 1);
  const job = await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
  expect(job.waiting_for).toBe('its turn: it is next of its owner');
  await bench.dispatch.tick();
  expect(await bench.queue.getJobStatus({ job_id: job.job_id }, asOwner)).toMatchObject({ phase: 'worker' });
  expect((await bench.queue.queueInfo({ user_id: 1 }, asOwner)).problems.map(({ jobs }) => jobs)).toEqual([0]);
});
