import type { Queryable } from '../connection/queryable.ts';

/** Open jobs that have the same trouble. */
export type JobTrouble = {
  /** An error code, or `stuck` or `activity_paused`. */
  code: string;
  jobs: number;
  since: Date;
  examples: string[];
  detail: string | null;
};

/** A call that has lasted longer is no longer the trouble of the attempt before it. */
const RETRYING_S = 10;
const EXAMPLES = 3;

const TROUBLES = `
with troubled as (
  select job_no, pantry_queue.job_id_of(kind, subject, generation) as job_id, coalesce(stuck_since, state_since) as since,
    case when stuck_since is not null then stuck_cause end as detail,
    case when stuck_since is not null then 'stuck'
         when phase = 'paused' and next_attempt_at is null then 'activity_paused'
         when status = 'started' and state_since < now() - interval '${RETRYING_S} seconds' then null
         when phase = 'paused' then null
         else error_code end as code
  from pantry_queue.jobs where in_engine and tenant_id = $1 and ($2::bigint = 0 or user_id = $2)
)
select code, count(*)::int as jobs, min(since) as since, min(detail) as detail,
  (array_agg(job_id order by job_no))[1:${EXAMPLES}] as examples
from troubled where code is not null group by code order by 2 desc, 1 limit 10`;

/** What the open jobs meet, by cause; as many rows are read as jobs are open in the engine. */
export function jobTroubles(db: Queryable, tenant: string, userId: number): Promise<JobTrouble[]> {
  return db.query<JobTrouble>(TROUBLES, [tenant, userId]);
}

/** The oldest that wait, of everybody in the tenant; in the order of the queue also where they are of one batch. */
export async function oldestQueued(db: Queryable, tenant: string): Promise<string[]> {
  const rows = await db.query<{ job_id: string }>(
    // generation > 0 says which index is meant: schema/0001_ledger.sql.
    `select pantry_queue.job_id_of(kind, subject, generation) as job_id from (
       select kind, subject, generation, give_up_at, job_no from pantry_queue.jobs
       where tenant_id = $1 and status = 'queued' and live and generation > 0 order by give_up_at limit ${EXAMPLES}
     ) oldest order by give_up_at, job_no`,
    [tenant],
  );
  return rows.map((row) => row.job_id);
}
