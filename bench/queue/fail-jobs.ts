import type { Db } from '../../src/ledger/db.ts';
import { replyOf } from './no-op-agent.ts';

/** Fails all jobs that live, each with a reply that is paid and was not saved. */
export async function failWithReplies(db: Db): Promise<void> {
  const jobs = await db.query<{ job_no: number; subject: number }>(
    'select job_no, subject from pantry_queue.jobs where live',
  );
  const replies = jobs.map(({ subject }) => replyOf(subject));
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
     from unnest($1::bigint[], $2::bytea[]) r (job_no, raw)`,
    [jobs.map(({ job_no }) => job_no), replies],
  );
}
