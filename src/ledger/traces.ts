import type { JobKey } from '../contract/job.ts';
import type { SpanFacts, Tracing } from '../contract/tracing.ts';
import type { Queryable } from './connection/queryable.ts';
import type { Db } from './db.ts';
import { keyValues, OF_GENERATION } from './job-key.ts';

/**
 * SQL: two parts of a statement: the jobs that `call` accepts, `accepted`, and in which trace each was. Only callers who
 * trace pay for it.
 * @param by rows `t (subject, traceparent)`
 */
export const acceptTraced = (
  call: string,
  by: string,
) => `with accepted as materialized (select * from ${call}), traced as (
  insert into pantry_queue.traces (tenant_id, job_no, traceparent)
  select a.tenant_id, a.job_no, t.traceparent from accepted a join ${by} on t.subject = a.subject where t.traceparent is not null)`;

/** SQL: one part of a statement: in which trace a batch was accepted; a second look at the same batch adds nothing. */
export const traceBatch = (tenant: string, batch: string, traceparent: string) => `traced as (
  insert into pantry_queue.traces (tenant_id, batch_id, traceparent) select ${tenant}, ${batch}, ${traceparent} on conflict do nothing)`;

const TRACE = `
select coalesce(
  (select traceparent from pantry_queue.traces where job_no = j.job_no),
  (select traceparent from pantry_queue.traces where batch_id = j.batch_id)) as traceparent
from pantry_queue.jobs j where ${OF_GENERATION}`;

async function traceOf(db: Queryable, job: JobKey): Promise<string | undefined> {
  const [row] = await db.query<{ traceparent: string | null }>(TRACE, keyValues(job));
  return row?.traceparent ?? undefined;
}

/**
 * Does a part of a job's work as a span of the trace that the job was accepted in. A job that nobody traced, and a ledger
 * that is away, cost the work nothing but the look.
 * @param work gets the `traceparent` of its span
 */
export async function inTraceOf<T>(
  { db, tracing }: { readonly db: Queryable; readonly tracing: Tracing },
  job: JobKey,
  span: { readonly name: string; readonly kind?: 'client'; readonly facts?: SpanFacts },
  work: (traceparent: string | undefined) => Promise<T>,
): Promise<T> {
  const parent = tracing.isOn ? await traceOf(db, job).catch(() => undefined) : undefined;
  if (parent === undefined) return work(undefined);
  const { name, ...options } = span;
  return tracing.span(name, { ...options, parent }, ({ traceparent }) => work(traceparent));
}

/** A job has ended three days after its start; what is traced waits for longer rarely, and loses its trace alone. */
const KEPT = '7 days';

/** Removes the oldest. */
export async function forgetTraces(db: Db, limit: number): Promise<void> {
  await db.query(
    `delete from pantry_queue.traces t using (select trace_no from pantry_queue.traces order by trace_no limit $1) o
     where t.trace_no = o.trace_no and t.created_at < now() - interval '${KEPT}'`,
    [limit],
  );
}
