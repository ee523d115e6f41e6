import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { PHASES, STATUSES, type Status } from '../../src/contract/job.ts';
import type { JobFilter } from '../../src/contract/job-filter.ts';
import { jobCondition, type Whose } from '../../src/ledger/job-filter.ts';
import { useDatabase } from '../support/db.ts';
import { makeJobs } from '../support/many-jobs.ts';

const bench = useDatabase();

const MERCHANTS = ['ALDI SÜD', 'Aldi Nord', 'dm-drogerie markt', '100% Bio', 'a_b', 'a\\b', null];
const MESSAGES = ['The agent answered HTTP 500.', 'The agent answered HTTP 502.', 'Column "total" of row 17 is empty.'];
const PHASE_OF: Readonly<Partial<Record<Status, readonly (typeof PHASES)[number][]>>> = {
  queued: ['admission', 'worker'],
  deferred: ['dependency', 'parked', 'backoff', 'paused'],
  started: ['agent', 'saving', 'canceling'],
};

type Row = {
  job_no: number;
  tenant_id: string;
  user_id: number;
  subject: number;
  status: Status;
  phase: (typeof PHASES)[number] | null;
  batch_id: string | null;
  error_code: string | null;
  fingerprint: string | null;
  created_at: Date;
  ended_at: Date | null;
  superseded: boolean;
  cleared: boolean;
  orphaned: boolean;
  merchant: string | null;
};
let rows: Row[] = [];

const at = <T>(values: readonly T[], n: number): T => values[n % values.length] as T;

beforeAll(async () => {
  await makeJobs(
    bench.db,
    Array.from({ length: 420 }, (_, n) => {
      const status = at(STATUSES, n);
      return {
        subject: 1_000 + n,
        status,
        phase: PHASE_OF[status] ? at(PHASE_OF[status], Math.floor(n / 7)) : null,
        user_id: 1 + (n % 3),
        tenant_id: n % 11 === 0 ? 'other' : 'default',
        batch_id: n % 4 === 0 ? `batch-${n % 8}` : null,
        error_code: status === 'failed' || n % 5 === 0 ? at(['agent_error', 'agent_rejected'], n) : null,
        error_message: at(MESSAGES, n),
        created_ago: 10_000 - n * 10,
        ended_ago: (n * 37) % 5_000,
        superseded: (['finished', 'failed', 'canceled'] as Status[]).includes(status) && n % 13 === 0,
        cleared: status === 'failed' && n % 3 === 0,
        orphaned: n % 17 === 0,
        merchant: at(MERCHANTS, Math.floor(n / 2)),
      };
    }),
  );
  await bench.db.query(
    `insert into pantry_queue.batches (batch_id, tenant_id, user_id, total, queued, first_job_no, last_job_no)
     select batch_id, 'default', 1, count(*), count(*), min(job_no), max(job_no)
     from pantry_queue.jobs where batch_id is not null group by batch_id`,
  );
  rows = await bench.db.query<Row>(
    `select j.job_no, j.tenant_id, j.user_id, j.subject, j.status, j.phase, j.batch_id, j.error_code, j.fingerprint,
            j.created_at, j.ended_at, j.superseded, j.cleared_at is not null as cleared,
            j.orphaned_at is not null as orphaned, r.merchant_name as merchant
     from pantry_queue.jobs j join public.receipts r on r.id = j.subject order by j.job_no`,
  );
});

/** The same filter over rows in memory. */
function fits(row: Row, filter: JobFilter, { tenant, userId }: Whose): boolean {
  const since = (time: Date | null, from: string | undefined) =>
    from === undefined || (time !== null && time >= new Date(from));
  const before = (time: Date | null, until: string | undefined) =>
    until === undefined || (time !== null && time < new Date(until));
  const isOneOf = <T>(given: readonly T[] | undefined, value: T) => given === undefined || given.includes(value);
  const is = <T>(given: T | undefined, value: T) => given === undefined || given === value;
  return [
    row.tenant_id === tenant && is(userId, row.user_id),
    !row.superseded && !row.orphaned && row.cleared === (filter.cleared ?? false),
    is(filter.receipt_id, row.subject),
    isOneOf(filter.status, row.status),
    row.phase === null ? filter.phase === undefined : isOneOf(filter.phase, row.phase),
    filter.error_code === undefined || (row.error_code === filter.error_code && row.status !== 'canceled'),
    is(filter.fingerprint, row.fingerprint ?? undefined),
    // Another tenant's batch is none.
    is(filter.batch_id, tenant === 'default' ? (row.batch_id ?? undefined) : undefined),
    since(row.created_at, filter.created_after) && before(row.created_at, filter.created_before),
    since(row.ended_at, filter.ended_after) && before(row.ended_at, filter.ended_before),
    filter.merchant === undefined || (row.merchant ?? '').toLowerCase().startsWith(filter.merchant.toLowerCase()),
  ].every(Boolean);
}

const time = fc.integer({ min: 0, max: 11_000 }).map((ago) => new Date(Date.now() - ago * 1_000).toISOString());
/** Each field alone and any of them together, as a caller may send them. */
const FIELDS = {
  receipt_id: fc.integer({ min: 995, max: 1_425 }),
  merchant: fc.constantFrom('aldi', 'ALDI S', 'dm', '100%', '1__%', 'a_', 'a\\', 'x', 'aldi sü'),
  status: fc.subarray([...STATUSES], { minLength: 1 }),
  phase: fc.subarray([...PHASES], { minLength: 1 }),
  error_code: fc.constantFrom('agent_error', 'agent_rejected', 'internal'),
  fingerprint: fc.nat(60).map((n) => rows.filter((row) => row.fingerprint)[n]?.fingerprint ?? '0'.repeat(16)),
  batch_id: fc.constantFrom('batch-0', 'batch-4', 'batch-5'),
  created_after: time,
  created_before: time,
  ended_after: time,
  ended_before: time,
  cleared: fc.boolean(),
};
const filters = fc
  .subarray(Object.keys(FIELDS) as (keyof typeof FIELDS)[], { maxLength: 4 })
  .chain((names) =>
    fc.record(Object.fromEntries(names.map((name) => [name, FIELDS[name]]))),
  ) as fc.Arbitrary<JobFilter>;
const whose = fc.record({ tenant: fc.constantFrom('default', 'other'), userId: fc.constantFrom(undefined, 1, 2, 9) });

describe('[Q20] the condition of a filter', () => {
  it('[Q20] holds for exactly the jobs that the filter describes, whatever fields it has', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(filters, whose, async (filter, mine) => {
        const { sql, values } = jobCondition(bench.db.kinds, filter, mine, 1);
        const got = await bench.db.search.query<{ job_no: number }>(
          `select j.job_no from pantry_queue.jobs j where ${sql} order by j.job_no`,
          values,
        );
        const wanted = rows.filter((row) => fits(row, filter, mine)).map(({ job_no }) => job_no);
        expect(got.map(({ job_no }) => job_no)).toEqual(wanted);
        found += wanted.length;
      }),
      { numRuns: 400 },
    );
    expect(found).toBeGreaterThan(1_000);
  });

  it('[Q20] does not find a job by the merchant of a receipt that took over the id of its own', async () => {
    await makeJobs(bench.db, [{ subject: 5_000, status: 'finished', merchant: 'Rewe' }]);
    const find = async () => {
      const { sql, values } = jobCondition(bench.db.kinds, { merchant: 'rewe' }, { tenant: 'default', userId: 1 });
      return bench.db.search.query(`select j.subject from pantry_queue.jobs j where ${sql}`, values);
    };
    expect(await find()).toEqual([{ subject: 5_000 }]);
    await bench.db.query('update public.receipts set user_id = 2 where id = 5000');
    expect(await find()).toEqual([]);
  });
});

describe('[Q9] the fingerprint of a failed job', () => {
  const ofMessages = async (...messages: string[]) => {
    const from = 10_000 + Math.floor(Math.random() * 1_000_000);
    await makeJobs(
      bench.db,
      messages.map((error_message, n) => ({
        subject: from + n,
        status: 'failed',
        error_code: 'agent_error',
        error_message,
      })),
    );
    const found = await bench.db.query<{ fingerprint: string }>(
      'select fingerprint from pantry_queue.jobs where subject between $1 and $2 order by subject',
      [from, from + messages.length - 1],
    );
    return found.map(({ fingerprint }) => fingerprint);
  };

  it.each([
    ['numbers', 'The agent answered HTTP 500 after 3.2 s.', 'The agent answered HTTP 503 after 18 s.'],
    ['ids', 'Receipt ocr-17.2 is unknown.', 'Receipt ocr-3 is unknown.'],
    ['quoted values', 'Column "total" is too narrow.', 'Column "currency of the shop" is too narrow.'],
    ['addresses', 'minio://receipts/ab12.jpg cannot be read.', 'minio://receipts/0f.png cannot be read.'],
  ])('[Q9] is the same where messages differ by %s only', async (_by, one, other) => {
    const [first, second] = await ofMessages(one, other);
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(second).toBe(first);
  });

  it('[Q9] differs where the words do', async () => {
    const [first, second] = await ofMessages('The agent answered HTTP 500.', 'The agent refused HTTP 500.');
    expect(second).not.toBe(first);
  });
});
