import { type ErrorCode, isAppError } from '../contract/errors.ts';
import type { JobKey, RunKey } from '../contract/job.ts';
import type { JobType } from '../jobs/job-type.ts';
import { orWithoutSubject, unlessRefused } from './connection/refusal.ts';
import type { Db } from './db.ts';
import { recordEvent } from './event.ts';
import { keyValues, OF_GENERATION } from './job-key.ts';
import { ofKind, partOf } from './of-kind.ts';
import { lookupOf, type Mismatch, mismatchOf } from './same-subject.ts';

/** Did the write count, and if not, why: the run is not the job's current one, or the job has ended. */
export type Fenced = { readonly current: true } | NotCurrent;
export type NotCurrent = { readonly current: false; readonly reason: string };

/** Why a run may not write: for the log, and for the workflow that ends quietly. */
export async function whyNotCurrent(db: Db, run: RunKey): Promise<string> {
  const [job] = await db.query<{ status: string; run_no: number }>(
    `select status, run_no from pantry_queue.jobs j where ${OF_GENERATION}`,
    keyValues(run),
  );
  if (!job) return 'the ledger has no such job';
  return job.run_no === run.runNo ? `the job is ${job.status}` : `run ${job.run_no} is current`;
}

/** What became of the subject that the job was made for. Of a deleted one the sweep removes what its jobs hold. */
const MISMATCH = ofKind(
  (type) => `
with looked as (
  select j.kind, j.subject, j.tenant_id, j.job_no, ${mismatchOf('j', 's')} as mismatch
  from pantry_queue.jobs j left join ${lookupOf(type)} s on s.subject = j.subject
  where ${OF_GENERATION}
), buried as (
  insert into pantry_queue.tombstones (kind, subject, tenant_id, job_no)
  select kind, subject, tenant_id, job_no from looked where mismatch = 'deleted'
)
select mismatch from looked where mismatch is not null`,
);

/** Ends a job whose subject was deleted or changed. */
export async function endMismatch(db: Db, run: RunKey): Promise<NotCurrent> {
  return (await endIfMismatched(db, run)) ?? { current: false, reason: await whyNotCurrent(db, run) };
}

/** @returns why, where the subject is not what the job was made for; the job has ended with that */
export async function endIfMismatched(db: Db, run: RunKey): Promise<NotCurrent | undefined> {
  const [found] = await db.query<{ mismatch: Mismatch }>(MISMATCH(db.kinds.of(run.kind)), keyValues(run));
  if (!found) return undefined;
  const end = endOf(db.kinds.of(run.kind), found.mismatch, run.subject);
  await endJob(db, run, end);
  return { current: false, reason: end.message };
}

/** How a live job ends whose subject is not what it was made for. */
export function endOf({ words }: JobType, mismatch: Mismatch, subject: number) {
  const { code, says } = words[mismatch];
  return { status: 'failed', code, message: says(subject) } as const;
}

/** @param ofSubject what is written to the subject: nothing, where its table refuses that */
const END = (ofSubject: string) => `
with ended as (
  update pantry_queue.jobs j set
    status = case when j.cancel_requested_at is null then $5 else 'canceled' end, phase = null, ended_at = now(),
    next_attempt_at = null, worker_id = null,
    error_code = case when $5 = 'failed' and j.cancel_requested_at is null then $6 end,
    error_message = case when $5 = 'failed' and j.cancel_requested_at is null then $7 end,
    error_cause = case when $5 = 'failed' and j.cancel_requested_at is null and j.error_code = $6 then j.error_cause end
  where ${OF_GENERATION} and ($4::int is null or j.run_no = $4) and j.live
  returning j.*
), recorded as (
  ${recordEvent(
    'ended',
    { sql: 'status', among: ['failed', 'canceled'] },
    {
      attempt: 'attempt',
      data: "case when status = 'failed' then jsonb_build_object('code', error_code) end",
    },
  )}
), told as (
  -- No matter who ended the job, its run must not stay open in the engine.
  insert into pantry_queue.commands (job_no, tenant_id, kind, run_no, engine_run_id)
  select job_no, tenant_id, 'cancel', run_no, engine_run_id from ended
  where $8::boolean and admitted_at is not null
)${ofSubject}
select status from ended`;

const END_WITH_SUBJECT = ofKind(({ sql }) => END(partOf(sql.ended)));
const END_ALONE = END('');

/**
 * Ends a job as failed or canceled, in the ledger and in its subject; in the ledger alone where the subject's table
 * refuses that. A cancel that was asked for wins over a failure that came meanwhile.
 * @param run with `runNo` undefined any run may be ended: only the ledger's own sweep does that
 * @param options `cancelRun`: the workflow does not know of this end, and is told
 */
export async function endJob(
  db: Db,
  run: JobKey & { readonly runNo: number | undefined },
  end: { status: 'failed'; code: ErrorCode; message: string } | { status: 'canceled' },
  { cancelRun = false }: { cancelRun?: boolean } = {},
): Promise<Fenced> {
  const failed = end.status === 'failed' ? end : undefined;
  const values = [
    ...keyValues(run),
    run.runNo ?? null,
    end.status,
    failed?.code ?? null,
    failed?.message ?? null,
    cancelRun,
  ];
  const statement = END_WITH_SUBJECT(db.kinds.of(run.kind));
  const rows = await orWithoutSubject(
    () => db.query(statement, values),
    () => db.query(END_ALONE, values),
  );
  if (rows.length > 0) return { current: true };
  return { current: false, reason: await whyNotCurrent(db, { ...run, runNo: run.runNo ?? 0 }) };
}

/** Runs a write about the subject; where the database refuses it for good, the job ends here and holds no slot. */
export async function endingRefused<T>(db: Db, run: RunKey, write: (again: boolean) => Promise<T>): Promise<T> {
  try {
    return await unlessRefused(write);
  } catch (error) {
    if (isAppError(error) && error.code === 'result_not_storable') {
      await endJob(db, run, { status: 'failed', code: error.code, message: error.message });
    }
    throw error;
  }
}
