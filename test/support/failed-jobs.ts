import type { Principal } from '../../src/contract/principal.ts';
import type { Db } from '../../src/ledger/db.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { enqueueAll } from '../../src/ledger/enqueue/enqueue-all.ts';
import { addReceipts } from './db.ts';
import { clearJobs } from './gate.ts';
import { replyOf } from './job-states.ts';

const ALL = ['jobs:read', 'jobs:write', 'queue:admin', 'act_as'] as const;

/** A call by somebody. */
export function as(who: Partial<Principal>): { principal: Principal } {
  return { principal: { tenant: 'default', user: 1, scopes: new Set(ALL), ...who } };
}
/** Somebody who may act for nobody else. */
export const asUser = (user: number) => as({ user, scopes: new Set(['jobs:read', 'jobs:write']) });

let batches = 0;

/** Queues new receipts. @returns their ids */
export async function queued(db: Db, count: number, userId = 1): Promise<number[]> {
  const receipts = await addReceipts(db, count, userId);
  const items = receipts.map((subject) => ({ subject, asked: undefined }));
  await enqueueAll(db, 'ocr', items, {
    tenant: 'default',
    userId: undefined,
    priority: 'default',
    mode: 'once',
    batchId: `made-up-${process.pid}-${++batches}`,
  });
  return receipts;
}

export async function failOne(db: Db, receiptId: number, generation = 1): Promise<void> {
  const run = { kind: 'ocr', subject: receiptId, generation, runNo: undefined };
  await endJob(db, run, { status: 'failed', code: 'agent_rejected', message: 'The agent refused it.' });
}

/**
 * Fails all jobs that live, as a result fails that the database refuses.
 * @param options `withReplies`: each has a reply, which is paid and was not saved
 */
export async function failAll(db: Db, { withReplies = false } = {}): Promise<void> {
  const jobs = await db.query<{ job_no: number; subject: number }>(
    'select job_no, subject from pantry_queue.jobs where live',
  );
  const replies = jobs.map(({ subject }) => Buffer.from(replyOf(subject).bytes));
  await db.query(
    `with failed as (
       update pantry_queue.jobs set status = 'failed', phase = null, ended_at = now(), error_code = 'result_not_storable',
         error_message = 'The database refused it.' where job_no = any ($1) returning *
     ), told as (
       insert into pantry_queue.events (job_no, tenant_id, user_id, batch_id, kind, state, run_no, data)
       select job_no, tenant_id, user_id, batch_id, 'failed', 'failed', run_no, jsonb_build_object('code', error_code)
       from failed
     )
     insert into pantry_queue.replies (job_no, tenant_id, run_no, attempt, raw, sha256, agent_ms)
     select job_no, 'default', 1, 1, raw, encode(sha256(raw), 'hex'), 5
     from unnest($1::bigint[], $2::bytea[]) r (job_no, raw) where $3`,
    [jobs.map(({ job_no }) => job_no), replies, withReplies],
  );
  await db.query(`update public.receipts r set ocr_status = 'failed' from pantry_queue.jobs j
    where j.subject = r.id and j.status = 'failed'`);
}

/** New receipts whose jobs have failed. @returns their ids */
export async function failed(db: Db, count: number, userId = 1): Promise<number[]> {
  const receipts = await queued(db, count, userId);
  for (const receiptId of receipts) await failOne(db, receiptId);
  return receipts;
}

/** Nothing is left of the tests before. */
export async function emptyLedger(db: Db): Promise<void> {
  await clearJobs(db);
  for (const table of ['events', 'batches', 'bulks', 'bulk_jobs']) await db.query(`delete from pantry_queue.${table}`);
}
