import type { AskedJob, JobKey } from '../contract/job.ts';
import type { JobType } from '../jobs/job-type.ts';
import type { Queryable } from './connection/queryable.ts';
import { orWithoutSubject } from './connection/refusal.ts';
import type { Db } from './db.ts';
import { type KindOf, recordEvent } from './event.ts';
import { keyValues, OF_GENERATION } from './job-key.ts';
import { type JobRow, jobDocument, jobOf } from './job-row.ts';
import type { Bill } from './money/bill.ts';
import { ofKind, partOf } from './of-kind.ts';
import { lookupOf, sameOwner } from './same-subject.ts';

const BESIDE = {
  job_no: 'j.job_no',
  cancel_requested_at: 'j.cancel_requested_at',
  cancel_requested_by: 'j.cancel_requested_by',
  cleared_at: 'j.cleared_at',
  bill: `case when j.attempt > 0 then pantry_queue.bill_of(j.job_no) else '{"paid_calls": 0, "costs": []}' end`,
  schedule: 'case when j.batch_id is not null then pantry_queue.schedule_of(j.batch_id) end',
};
const TIMES_BESIDE = ['cancel_requested_at', 'cleared_at'] as const;

/** A job of the subject that stands there, or of one that is gone; never of an earlier one under the same id. */
const JOB = (type: JobType) => `select ${jobDocument('j', BESIDE)} as job
  from pantry_queue.jobs j
  left join ${lookupOf(type)} r on r.subject = j.subject
  where j.kind = $1 and j.subject = $2 and j.tenant_id = $3 and ($4::bigint is null or j.user_id = $4) and (r.subject is null or ${sameOwner('j', 'r')})`;
const LATEST = ofKind((type) => `${JOB(type)} order by j.generation desc limit 1`);
const EXACT = ofKind((type) => `${JOB(type)} and j.generation = $5`);

/** The row of one exact job. */
export type OneJobRow = JobRow & {
  readonly job_no: number;
  readonly bill: Bill;
  /** By a call of the queue; null where nobody did, or Temporal ended it. */
  readonly cancel_requested_at: Date | null;
  /** The user of that call. */
  readonly cancel_requested_by: number | null;
  readonly cleared_at: Date | null;
  /** That has made it, by its name. */
  readonly schedule: string | null;
};

/**
 * One indexed read: the latest generation of a job, or an exact one.
 * @param userId only a job of this user; of somebody else no more is read than of one that there is not
 * @returns undefined when there is no such job
 */
export async function readJob(
  db: Db,
  tenant: string,
  { kind, subject, generation }: AskedJob,
  userId?: number,
): Promise<OneJobRow | undefined> {
  const type = db.kinds.find(kind);
  if (!type) return undefined;
  const of = [kind, subject, tenant, userId ?? null];
  const [found] = await (generation === undefined
    ? db.query<{ job: OneJobRow }>(LATEST(type), of)
    : db.query<{ job: OneJobRow }>(EXACT(type), [...of, generation]));
  return found && jobOf(found.job, TIMES_BESIDE);
}

/** @returns those of the jobs that have ended */
export async function endedOf(db: Queryable, jobNos: readonly number[]): Promise<number[]> {
  const rows = await db.query<{ job_no: number }>(
    'select job_no from pantry_queue.jobs where job_no = any ($1::bigint[]) and not live',
    [jobNos],
  );
  return rows.map((row) => row.job_no);
}

/** Who asks for a cancel. */
export interface Canceler {
  readonly tenant: string;
  readonly user: number;
}

const CANCELED_OR_ASKED: KindOf = {
  sql: `case when status = 'canceled' then 'canceled' else 'cancel_requested' end`,
  among: ['canceled', 'cancel_requested'],
};

/**
 * A cancel that a person asked for. A job that no agent reads ends at once; one that is being read goes to
 * `started/canceling`, and the engine is told to abort the call. A job that has ended stays as it is.
 */
const CANCEL = (which: string, by: string, ofSubject: string) => `
with canceled as (
  update pantry_queue.jobs j set
    status = case when j.status = 'started' and j.phase in ('agent', 'canceling') then 'started' else 'canceled' end,
    phase = case when j.status = 'started' and j.phase in ('agent', 'canceling') then 'canceling' end,
    ended_at = case when j.status = 'started' and j.phase in ('agent', 'canceling') then null else now() end,
    next_attempt_at = null,
    cancel_requested_at = coalesce(j.cancel_requested_at, now()),
    cancel_requested_by = coalesce(j.cancel_requested_by, ${by}::bigint)
  where ${which} and j.live
    and not (j.status = 'started' and j.phase = 'canceling')
  returning j.*
), told as (
  insert into pantry_queue.commands (job_no, tenant_id, kind, run_no, engine_run_id)
  select job_no, tenant_id, 'cancel', run_no, engine_run_id from canceled where admitted_at is not null
), recorded as (
  ${recordEvent('canceled', CANCELED_OR_ASKED, { attempt: 'attempt' })}
)${ofSubject}
select status from canceled`;

const ONE = `${OF_GENERATION} and j.tenant_id = $4`;
const CANCEL_WITH_SUBJECT = ofKind(({ sql }) => CANCEL(ONE, '$5', partOf(sql.canceled)));
const CANCEL_ALONE = CANCEL(ONE, '$5', '');

const MANY = 'j.kind = $1 and j.tenant_id = $2 and j.job_no = any ($3::bigint[])';
const CANCEL_MANY = ofKind(({ sql }) => CANCEL(MANY, '$4', partOf(sql.canceled)));
const CANCEL_MANY_ALONE = CANCEL(MANY, '$4', '');

/**
 * Cancels jobs of one kind as `cancelJob` does, in one statement.
 * @param db where a statement that is refused may be followed by another
 * @throws AppError ledger_refused where the tables of the subjects refuse one of several
 */
export async function cancelMany(
  db: Db,
  kind: string,
  { tenant, user }: Canceler,
  jobNos: readonly number[],
): Promise<void> {
  const values = [kind, tenant, jobNos, user];
  const together = () => db.query(CANCEL_MANY(db.kinds.of(kind)), values);
  await (jobNos.length > 1 ? together() : orWithoutSubject(together, () => db.query(CANCEL_MANY_ALONE, values)));
}

/** @returns whether this call changed the job; false: it had ended, or a cancel was already under way */
export async function cancelJob(db: Db, { tenant, user }: Canceler, key: JobKey): Promise<boolean> {
  const values = [...keyValues(key), tenant, user];
  const rows = await orWithoutSubject(
    () => db.query(CANCEL_WITH_SUBJECT(db.kinds.of(key.kind)), values),
    () => db.query(CANCEL_ALONE, values),
  );
  return rows.length > 0;
}
