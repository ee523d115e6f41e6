import { beforeEach, describe, expect, it } from 'vitest';
import { BULK_OPERATIONS } from '../../src/contract/bulk.ts';
import { BULK } from '../../src/contract/policies.ts';
import { admit } from '../../src/ledger/admission.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import type { FilteredOperation } from '../../src/ledger/bulks/bulk-members.ts';
import { previewBulk } from '../../src/ledger/bulks/bulk-preview.ts';
import { doSlice, type Slice } from '../../src/ledger/bulks/bulk-slice.ts';
import { confirmBulk, forgetBulks } from '../../src/ledger/bulks/bulks.ts';
import type { Transaction } from '../../src/ledger/connection/queryable.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { markHandedOver } from '../../src/ledger/gate.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { emptyLedger, failed, queued } from '../support/failed-jobs.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { replyOf, seen, worker } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
beforeEach(() => emptyLedger(bench.db));

const JOBS = 5;
let bulks = 0;

/** A bulk that nobody has worked on yet, two jobs a slice. */
async function begun(
  operation: FilteredOperation,
  jobs = JOBS,
  ratePerMinute: number | undefined = 120,
): Promise<{ bulkId: string; receipts: number[] }> {
  const { db } = bench;
  const receipts = operation === 'cancel_jobs' ? await queued(db, jobs) : await failed(db, jobs);
  const { total, seen: moment } = await previewBulk(db, operation, {}, { tenant: 'default', userId: undefined });
  const bulkId = `bulk-made-up-${++bulks}`;
  await confirmBulk(db, {
    ...{ bulkId, tenant: 'default', userId: 1, operation, filter: {}, onlyUser: null, total, seen: moment },
    ...{ priority: 'low', ratePerMinute },
  });
  return { bulkId, receipts };
}

/** The time between two slices has passed. */
const rested = () => bench.db.query('update pantry_queue.bulks set next_at = now() where ended_at is null');
async function slice(db: Db = bench.db): Promise<Slice | undefined> {
  await rested();
  return doSlice(db, { operations: BULK_OPERATIONS });
}
async function toItsEnd(): Promise<void> {
  for (let slices = 0; slices <= JOBS && !(await slice())?.ended; slices++);
}

/** The same database for a process that is killed before its nth statement of a transaction, commits included. */
function dyingAt(nth: number): { db: Db; died: () => boolean } {
  let sent = 0;
  const isDead = () => sent > nth;
  const mortal = async (tx: Pick<Db, 'query'>, send: () => Promise<unknown>): Promise<never> => {
    if (sent++ === nth) await tx.query('select pg_terminate_backend(pg_backend_pid())').catch(() => {});
    if (isDead()) throw new Error('killed');
    return (await send()) as never;
  };
  const { db } = bench;
  return {
    died: isDead,
    db: {
      ...db,
      transaction: (work) =>
        db.transaction(async (tx) => {
          const result = await work({
            query: (text, values) => mortal(tx, () => tx.query(text, values)),
            execute: (text) => mortal(tx, () => tx.execute(text)),
          });
          return mortal(tx, async () => result);
        }),
    },
  };
}

/** What a bulk does to each of its jobs, as events tell: once. */
const MARK: Readonly<Record<FilteredOperation, string>> = {
  clear_failed_jobs: `kind = 'cleared'`,
  redrive_failed_jobs: `kind = 'enqueued' and batch_id is null`,
  cancel_jobs: `kind = 'canceled'`,
};

async function expectOnceEach(operation: FilteredOperation): Promise<void> {
  const { db } = bench;
  expect(await db.query(`select from pantry_queue.events where ${MARK[operation]}`)).toHaveLength(JOBS);
  const [bulk] = await db.query<{ total: number; outcomes: Record<string, number>; ended_at: Date | null }>(
    'select total, outcomes, ended_at from pantry_queue.bulks',
  );
  const done = operation === 'cancel_jobs' ? 'done/uncalled' : 'done';
  expect(bulk).toEqual({ total: JOBS, outcomes: { [done]: JOBS }, ended_at: expect.any(Date) });
  expect((await verifyLedger(db, { ledgerId: 'any', workflowIdPrefix: '' })).findings).toEqual([]);
}

/** SQL: how often a statement has updated jobs, whether it found any or not. */
const COUNT_UPDATES = `
create table pantry_queue.updates_seen ();
create function pantry_queue.see_update() returns trigger language plpgsql as $$
begin
  insert into pantry_queue.updates_seen default values;
  return null;
end $$;
create trigger see_update after update on pantry_queue.jobs
  for each statement execute function pantry_queue.see_update()`;
const UNCOUNT_UPDATES = `
drop trigger see_update on pantry_queue.jobs;
drop function pantry_queue.see_update;
drop table pantry_queue.updates_seen`;

/** What one slice of so many jobs costs the database. */
async function costOf(operation: FilteredOperation, jobs: number) {
  await emptyLedger(bench.db);
  await begun(operation, jobs, 60 * BULK.slice);
  // Where a position is counted, each of these is read for each job of the slice.
  await queued(bench.db, jobs);
  let sent = 0;
  const count = async (tx: Transaction) =>
    (
      await tx.query<{ rows: number; updates: number }>(
        `select (select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int from pg_stat_xact_user_tables) as rows,
           (select count(*)::int from pantry_queue.updates_seen) as updates`,
      )
    )[0] ?? { rows: 0, updates: 0 };
  let cost = { rows: 0, updates: 0 };
  const db: Db = {
    ...bench.db,
    transaction: (work) =>
      bench.db.transaction(async (tx) => {
        const before = await count(tx);
        const result = await work({
          ...tx,
          query: (text, values) => {
            sent++;
            return tx.query(text, values);
          },
        });
        const after = await count(tx);
        cost = { rows: after.rows - before.rows, updates: after.updates - before.updates };
        return result;
      }),
  };
  expect(await slice(db)).toMatchObject({ jobs, ended: true });
  return { statements: sent, updates: cost.updates, rowsAJob: cost.rows / jobs };
}

describe.each(['clear_failed_jobs', 'redrive_failed_jobs', 'cancel_jobs'] as const)('a bulk of %s', (operation) => {
  it('[Q9] acts on each job once, whichever statement its process is killed before', async () => {
    let deaths = 0;
    for (let nth = 0; ; nth++) {
      await emptyLedger(bench.db);
      await begun(operation);
      await slice();
      await rested();
      const { db, died } = dyingAt(nth);
      await doSlice(db, { operations: BULK_OPERATIONS }).catch(() => {});
      await toItsEnd();
      await expectOnceEach(operation);
      if (!died()) break;
      deaths++;
    }
    expect(deaths).toBeGreaterThanOrEqual(8);
  });

  it('[Q9] acts on each job once, however many processes work on it at the same moment', async () => {
    const { bulkId } = await begun(operation);
    const other = createDb({ url: bench.url, applicationName: 'other', maxConnections: 4 });
    try {
      for (let round = 0; round < JOBS; round++) {
        await rested();
        await Promise.all(
          [bench.db, other, bench.db, other].map((db, nth) =>
            doSlice(db, nth < 2 ? { operations: BULK_OPERATIONS } : { bulkId }),
          ),
        );
      }
    } finally {
      await other.close();
    }
    await expectOnceEach(operation);
  });
});

it.each(['clear_failed_jobs', 'redrive_failed_jobs', 'cancel_jobs'] as const)(
  '[Q9] a slice of %s is as many statements for 80 jobs as for 4, and reads no more rows a job',
  async (operation) => {
    const { db } = bench;
    await db.transaction((tx) => tx.execute(COUNT_UPDATES));
    try {
      const few = await costOf(operation, 4);
      const many = await costOf(operation, 80);
      expect(many).toMatchObject({ statements: few.statements, updates: few.updates });
      expect(many.rowsAJob).toBeLessThanOrEqual(few.rowsAJob);
    } finally {
      await db.transaction((tx) => tx.execute(UNCOUNT_UPDATES));
    }
  },
);

it('[Q9] a job that the database refuses is counted as failed, and holds up none of the others', async () => {
  const { receipts } = await begun('clear_failed_jobs');
  await bench.db.query(
    `alter table pantry_queue.jobs add constraint stays check (subject <> ${receipts[1]} or cleared_at is null)`,
  );
  try {
    await toItsEnd();
    const rows = await bench.db.query('select outcomes, ended_at is not null as ended from pantry_queue.bulks');
    expect(rows).toEqual([{ outcomes: { done: 4, 'failed/ledger_refused': 1 }, ended: true }]);
  } finally {
    await bench.db.query('alter table pantry_queue.jobs drop constraint stays');
  }
});

it('[Q9] jobs that vanish from their table are skipped, and the bulk ends', async () => {
  const { receipts } = await begun('clear_failed_jobs');
  await bench.db.query('delete from pantry_queue.jobs where subject = any ($1)', [receipts.slice(0, 3)]);
  await toItsEnd();
  expect(await bench.db.query('select outcomes from pantry_queue.bulks')).toEqual([
    { outcomes: { done: 2, 'skipped/deleted': 3 } },
  ]);
});

it('[Q23] jobs that are run again with a stored reply finish without a call of the agent', async () => {
  const { db } = bench;
  const { receipts } = await begun('redrive_failed_jobs');
  for (const subject of receipts) {
    await storeReply(db, { kind: 'ocr', subject, generation: 1, runNo: 1 }, 1, replyOf(subject));
  }
  expect(await bench.queue.redriveFailedJobs({}, asOwner)).toMatchObject({
    cost: { agent_calls: 0, stored_replies: JOBS },
  });
  await toItsEnd();
  await beatAs(db, worker.id, 100);
  expect(await admit(db, 100)).toHaveLength(JOBS);
  for (const subject of receipts) {
    const run = { kind: 'ocr', subject, generation: 2, runNo: 1 };
    await markHandedOver(db, run, seen);
    expect(await beginAttempt(db, run, worker)).not.toMatchObject({ kind: 'call' });
    await saveResult(db, run, { defaultCurrency: 'VND' });
  }
  expect(await bench.queue.queueInfo({}, asOwner)).toMatchObject({ finished_jobs: JOBS, failed_jobs: 0 });
});

it('bulks are forgotten a week after their end, with their jobs', async () => {
  await begun('clear_failed_jobs');
  await toItsEnd();
  await begun('clear_failed_jobs', 1);
  await bench.db.query(
    `update pantry_queue.bulks set ended_at = now() - interval '6 days 23 hours' where ended_at is not null`,
  );
  await forgetBulks(bench.db, 10);
  expect(await bench.db.query('select from pantry_queue.bulks')).toHaveLength(2);
  await bench.db.query(`update pantry_queue.bulks set ended_at = ended_at - interval '2 hours'`);
  await forgetBulks(bench.db, 10);
  expect(await bench.db.query('select from pantry_queue.bulks')).toHaveLength(1);
  expect(await bench.db.query('select from pantry_queue.bulk_jobs')).toHaveLength(1);
});
