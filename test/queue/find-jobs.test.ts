import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { PHASES, STATUSES, type Status } from '../../src/contract/job.ts';
import type { JobInBrief } from '../../src/contract/operations/find-jobs.ts';
import { LIMITS } from '../../src/contract/policies.ts';
import type { CallContext } from '../../src/contract/principal.ts';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { jobCondition } from '../../src/ledger/job-filter.ts';
import { orderOf } from '../../src/ledger/job-walks.ts';
import { useGate } from '../support/gate.ts';
import { type MadeJob, makeJobs } from '../support/many-jobs.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
type Filter = InputOf<'findJobs'>;

const PHASE: Readonly<Partial<Record<Status, MadeJob['phase']>>> = {
  queued: 'admission',
  deferred: 'backoff',
  started: 'agent',
};
const isEnded = (status: Status) => ['finished', 'failed', 'canceled'].includes(status);

/** More of one owner's ended jobs than one page looks at, so that the walks of pages end early too. */
const OLD = LIMITS.searchedRows + 500;
beforeAll(async () => {
  await makeJobs(bench.db, [
    ...Array.from({ length: 40 }, (_, n) => jobLike(n)),
    ...Array.from({ length: OLD }, (_, n) => ({ subject: 5_000 + n, user_id: 5, status: 'finished' as const })),
    ...Array.from({ length: 300 }, (_, n) => jobLike(40 + n)),
    // A member that was run again, outside of the numbers of its batch.
    { subject: 401, status: 'failed', error_code: 'gave_up', batch_id: 'batch-five', superseded: true },
    { subject: 402, status: 'finished' },
    { subject: 401, generation: 2, status: 'finished' },
  ]);
  await bench.db.query(
    `insert into pantry_queue.batches (batch_id, user_id, total, queued, first_job_no, last_job_no, others)
     select 'batch-five', 1, count(*) + 1, count(*), min(job_no), max(job_no),
       (select array_agg(job_no) from pantry_queue.jobs where subject = 402)
     from pantry_queue.jobs where batch_id = 'batch-five'`,
  );
});

function jobLike(n: number): MadeJob {
  const status = STATUSES[n % 7] ?? 'queued';
  const phase = n % 21 === 2 ? 'worker' : n % 35 === 1 ? 'dependency' : (PHASE[status] ?? null);
  return {
    subject: 1 + n,
    status,
    phase,
    user_id: 1 + (n % 3),
    error_code: status === 'failed' || phase === 'backoff' ? (n % 2 ? 'agent_error' : 'agent_rejected') : null,
    error_message: `It failed for the ${n % 4 < 2 ? 'first' : 'second'} reason at ${n}.`,
    batch_id: n % 5 === 0 ? 'batch-five' : null,
    created_ago: 40_000 - n * 100,
    ended_ago: isEnded(status) ? (n * 7_919) % 30_000 : null,
    superseded: isEnded(status) && n % 23 === 0,
    cleared: status === 'failed' && n % 4 === 1,
    merchant: n % 9 === 0 ? `Rare Shop ${n}` : 'Corner Shop',
  };
}

async function pagesOf(filter: Filter, limit: number, context: CallContext = asOwner): Promise<JobInBrief[][]> {
  const pages: JobInBrief[][] = [];
  let cursor: string | undefined;
  do {
    const page = await bench.queue.findJobs({ ...filter, limit, ...(cursor === undefined ? {} : { cursor }) }, context);
    pages.push(page.jobs);
    expect(page.jobs.length).toBeLessThanOrEqual(limit);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && pages.length < 200);
  return pages;
}

/** What the list of a filter must be, by one plain statement. */
async function listed(where: string, order = 'job_no desc'): Promise<string[]> {
  const rows = await bench.db.query<{ id: string }>(
    `select 'ocr-' || subject as id from pantry_queue.jobs j
     where not superseded and cleared_at is null and (${where}) order by ${order}`,
  );
  return rows.map(({ id }) => id);
}
const idsOf = (pages: readonly JobInBrief[][]) => pages.flat().map(({ job_id }) => job_id);

const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();
const HOUR = ago(3_600);
const LONG_AGO = ago(38_000);

/** Each field alone, and pairs as they are asked for. */
const LISTS: [name: string, filter: Filter, where: string, order?: string][] = [
  ['nothing', {}, 'true'],
  ['a user', { user_id: 2 }, 'user_id = 2'],
  ['a user of many ended jobs', { user_id: 5 }, 'user_id = 5'],
  ['a receipt', { receipt_id: 17 }, 'subject = 17'],
  ...STATUSES.map((status): [string, Filter, string] => [
    `status ${status}`,
    { status: [status] },
    `status = '${status}'`,
  ]),
  ['two statuses', { status: ['failed', 'queued'] }, `status in ('failed', 'queued')`],
  ['a phase', { phase: ['backoff'] }, `phase = 'backoff'`],
  ['a phase outside of Temporal', { phase: ['dependency', 'worker'] }, `phase in ('dependency', 'worker')`],
  ['an error code', { error_code: 'agent_error' }, `error_code = 'agent_error'`],
  ['a batch', { batch_id: 'batch-five' }, `batch_id = 'batch-five' or subject in (401, 402)`],
  [
    'a batch and a status',
    { batch_id: 'batch-five', status: ['finished'] },
    `status = 'finished' and (batch_id = 'batch-five' or subject in (401, 402))`,
  ],
  ['accepted since', { created_after: HOUR }, `created_at >= '${HOUR}'`],
  ['accepted before', { created_before: LONG_AGO }, `created_at < '${LONG_AGO}'`],
  ['ended since', { ended_after: HOUR }, `ended_at >= '${HOUR}'`, 'ended_at desc, job_no desc'],
  ['ended before', { ended_before: HOUR }, `ended_at < '${HOUR}'`, 'ended_at desc, job_no desc'],
  ['a rare merchant', { merchant: 'rare shop' }, `subject <= 340 and (subject - 1) % 9 = 0`],
  ['a user and a status', { user_id: 1, status: ['failed'] }, `user_id = 1 and status = 'failed'`],
  ['a user and an error', { user_id: 1, error_code: 'agent_error' }, `user_id = 1 and error_code = 'agent_error'`],
  [
    'a user and a time of ends',
    { user_id: 1, ended_after: HOUR },
    `user_id = 1 and ended_at >= '${HOUR}'`,
    'ended_at desc, job_no desc',
  ],
  [
    'a user and a merchant',
    { user_id: 1, merchant: 'Corner' },
    `user_id = 1 and subject <= 340 and (subject - 1) % 9 <> 0`,
  ],
];

describe('[Q20] find_jobs', () => {
  it.each(LISTS)(
    '[Q20] lists each job of a filter once, newest first, on pages of any size: %s',
    async (_name, filter, where, order) => {
      const wanted = await listed(where, order);
      expect(wanted.length).toBeGreaterThan(0);
      for (const limit of wanted.length > 1_000 ? [200] : [3, 50, 200]) {
        expect(idsOf(await pagesOf(filter, limit))).toEqual(wanted);
      }
    },
  );

  it('[Q20] answers every two fields together with the jobs that both describe, also where that is none', async () => {
    const cause = (
      await bench.db.query<{ f: string }>(
        `select fingerprint as f from pantry_queue.jobs where status = 'failed' and fingerprint is not null limit 1`,
      )
    )[0]?.f;
    const each: Filter[] = [
      { user_id: 2 },
      { user_id: 99 },
      { receipt_id: 17 },
      { merchant: 'Corner' },
      { merchant: 'nobody' },
      ...STATUSES.map((status) => ({ status: [status] })),
      ...PHASES.map((phase) => ({ phase: [phase] })),
      { error_code: 'agent_error' },
      { fingerprint: cause },
      { batch_id: 'batch-five' },
      { batch_id: 'batch-none' },
      { created_after: HOUR },
      { created_before: LONG_AGO },
      { ended_after: HOUR },
      { ended_before: HOUR },
      { cleared: true },
      { cleared: false },
    ];
    for (const [at, one] of each.entries()) {
      for (const other of each.slice(at + 1)) {
        const filter = { ...one, ...other };
        const whose = { tenant: 'default', userId: filter.user_id };
        const { sql, values } = jobCondition(bench.db.kinds, filter, whose);
        const order = orderOf(filter) === 'ended' ? 'ended_at desc, job_no desc' : 'job_no desc';
        const wanted = await bench.db.query<{ id: string }>(
          `select 'ocr-' || subject as id from pantry_queue.jobs j where ${sql} order by ${order}`,
          values,
        );
        const found = idsOf(await pagesOf(filter, 200));
        expect([filter, found]).toEqual([filter, wanted.map(({ id }) => id)]);
      }
    }
  });

  it('[Q20] lists failed jobs of one cause in the order of their ends, of everybody and of one user', async () => {
    const [failed] = (await bench.queue.findJobs({ status: ['failed'], limit: 1 }, asOwner)).jobs;
    const fingerprint = failed?.fingerprint ?? '';
    const where = `fingerprint = '${fingerprint}'`;
    for (const [filter, mine] of [
      [{ fingerprint }, where],
      [{ fingerprint, user_id: 1 }, `${where} and user_id = 1`],
    ] as const) {
      const wanted = await listed(mine, 'ended_at desc, job_no desc');
      expect(wanted.length).toBeGreaterThan(2);
      expect(idsOf(await pagesOf(filter, 4))).toEqual(wanted);
    }
  });

  it('[Q20] shows cleared jobs only where they are asked for', async () => {
    const cleared = await pagesOf({ cleared: true }, 200);
    expect(cleared.flat().length).toBeGreaterThan(5);
    expect(cleared.flat().every(({ cleared_at }) => cleared_at !== null)).toBe(true);
    expect((await pagesOf({ status: ['failed'] }, 200)).flat().every(({ cleared_at }) => cleared_at === null)).toBe(
      true,
    );
  });

  it('[Q20] a page that had to look at very many jobs says where to go on, and loses none', async () => {
    // Below more of the same owner's ended jobs than one page looks at.
    await makeJobs(bench.db, [
      { subject: 89_999, user_id: 6, status: 'failed', merchant: 'Corner Shop' },
      { subject: 90_000, user_id: 6, status: 'finished', merchant: 'Corner Shop' },
    ]);
    await makeJobs(
      bench.db,
      Array.from({ length: OLD }, (_, n) => ({ subject: 91_000 + n, user_id: 6, status: 'finished', merchant: null })),
    );
    await bench.db.query(`update public.receipts set merchant_name = 'Corner Shop' where user_id = 5`);
    const pages = await pagesOf({ user_id: 6, merchant: 'corner shop' }, 50);
    expect(pages[0]).toEqual([]);
    expect(idsOf(pages)).toEqual(['ocr-90000', 'ocr-89999']);
  });

  it('[Q20] shows no job twice and passes over none while jobs end, come and go between two pages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 300 }), async (limit, moved) => {
        const before = await listed('user_id = 3');
        const first = await bench.queue.findJobs({ user_id: 3, limit }, asOwner);
        const id = before[moved % before.length] ?? '';
        await bench.db.transaction(async (tx) => {
          await tx.execute('alter table pantry_queue.jobs disable trigger user');
          await tx.query(
            `update pantry_queue.jobs set status = case when live then 'finished' else 'queued' end,
               phase = case when live then null else 'admission' end, ended_at = case when live then now() end
             where 'ocr-' || subject = $1 and not superseded`,
            [id],
          );
          await tx.execute('alter table pantry_queue.jobs enable trigger user');
        });
        const rest = first.next_cursor
          ? (await bench.queue.findJobs({ user_id: 3, limit: 200, cursor: first.next_cursor }, asOwner)).jobs
          : [];
        const seen = [...first.jobs, ...rest].map(({ job_id }) => job_id);
        expect(seen).toEqual(before.slice(0, seen.length));
        expect(new Set(seen).size).toBe(seen.length);
      }),
      { numRuns: 30 },
    );
  });

  it('[Q20] finds nothing of another user or tenant, and says nothing of them', async () => {
    const stranger = (user: number, tenant = 'default'): CallContext => ({
      principal: { tenant, user, scopes: new Set(['jobs:read'] as const) },
    });
    expect(idsOf(await pagesOf({}, 200, stranger(2)))).toEqual(await listed('user_id = 2'));
    expect(await bench.queue.findJobs({ receipt_id: 17 }, stranger(3))).toEqual({ jobs: [], next_cursor: null });
    expect(await bench.queue.findJobs({}, stranger(1, 'other'))).toEqual({ jobs: [], next_cursor: null });
    await expect(bench.queue.findJobs({ user_id: 1 }, stranger(2))).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('[Q20] a search that takes too long is ended, and its caller is told to narrow the filter', async () => {
    await expect(bench.db.search.query('select pg_sleep(60)')).rejects.toMatchObject({
      code: 'search_too_broad',
      hint: expect.stringContaining('Narrow the filter'),
    });
  }, 20_000);
});
