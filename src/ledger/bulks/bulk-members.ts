import type { BulkOperation } from '../../contract/bulk.ts';
import { isTerminal, STATUSES } from '../../contract/job.ts';
import type { JobFilter } from '../../contract/job-filter.ts';
import type { JobKinds, JobType } from '../../jobs/job-type.ts';
import { type Condition, isMember, jobCondition, type Whose } from '../job-filter.ts';
import { lookupOf, sameSubject } from '../same-subject.ts';

/** The moment of the ledger that a preview saw. */
export interface SeenMoment {
  /** `pg_current_snapshot()` of the preview's own statement. */
  readonly snapshot: string;
  readonly at: string;
}

/** An operation whose jobs a filter chooses. */
export type FilteredOperation = Exclude<BulkOperation, 'restore_failed_jobs'>;

/** Jobs `j` of a filter, and where they are looked for. */
export interface Candidates extends Condition {
  /** SQL: all jobs; or those of a batch or a receipt, found by their keys, whatever else there is. */
  readonly from: string;
}

/**
 * SQL: jobs `j` of a filter, now. Failed ones; or those that have not ended and whose cancel is not under way.
 * @param first number of its first parameter
 */
export function candidates(
  kinds: JobKinds,
  operation: FilteredOperation,
  filter: JobFilter,
  whose: Whose,
  first = 1,
): Candidates {
  const few = fewOf(filter, whose, first);
  const rest = few?.rest ?? filter;
  const next = first + (few?.values.length ?? 0);
  const { sql, values } = jobCondition(
    kinds,
    operation === 'cancel_jobs' ? rest : { ...rest, status: ['failed'] },
    whose,
    next,
  );
  // generation > 0 names indexes of the whole tenant: schema/0001_ledger.sql.
  const isLive = ` and j.live and j.generation > 0 and j.phase is distinct from 'canceling'`;
  return {
    sql: operation === 'cancel_jobs' ? sql + isLive : sql,
    values: [...(few?.values ?? []), ...values],
    // "offset 0": they are gathered as they are, and never by a walk over all jobs in the order of the bulk.
    from: few === undefined ? ALL_JOBS : `(select * from ${ALL_JOBS} j where ${few.sql} offset 0)`,
  };
}

const ALL_JOBS = 'pantry_queue.jobs';

/** What of a filter names jobs by their keys, and the rest of it; undefined where nothing does. */
function fewOf(
  { receipt_id, batch_id, ...others }: JobFilter,
  { tenant }: Whose,
  first: number,
): (Condition & { readonly rest: JobFilter }) | undefined {
  if (receipt_id !== undefined) {
    return { sql: `j.subject = $${first}::bigint`, values: [receipt_id], rest: { ...others, batch_id } };
  }
  if (batch_id === undefined) return undefined;
  return { sql: isMember(`$${first}::text`, `$${first + 1}::text`), values: [batch_id, tenant], rest: others };
}

/** States in which a job lives, each with its own part of the index of those that have lived longest. */
const LIVE = STATUSES.filter((status) => !isTerminal(status));

/** What says which of two jobs is older, in an index of each state: columns of jobs, which do not change. */
const ORDER: Readonly<Record<FilteredOperation, readonly string[]>> = {
  clear_failed_jobs: ['job_no'],
  redrive_failed_jobs: ['job_no'],
  cancel_jobs: ['give_up_at', 'job_no'],
};

/** Where a job stands in that order: the values of those columns. */
export type Place = readonly (string | number)[];

/** SQL: the place of the youngest row of a part of the statement, as a document. */
export const placeOfLast = (operation: FilteredOperation, from: string): string =>
  `(select jsonb_build_array(${ORDER[operation].join(', ')}) from ${from}
    order by ${ORDER[operation].map((column) => `${column} desc`).join(', ')} limit 1)`;

/**
 * SQL: the oldest jobs `j` of a condition, in order, at the cost of those that it finds.
 * @param from where they are looked for: `Candidates`
 * @param columns what is told of each, beside its place
 */
export function oldestOf(
  operation: FilteredOperation,
  from: string,
  columns: string,
  condition: string,
  limit: string,
): string {
  const order = ORDER[operation];
  const place = order.map((column) => `j.${column}`).join(', ');
  const inState = (state: string) => `select ${place}${columns} from ${from} j
    where ${state}${condition} order by ${place} limit ${limit}`;
  if (operation !== 'cancel_jobs' || from !== ALL_JOBS) return inState('');
  return `select * from (${LIVE.map((status) => `(${inState(`j.status = '${status}' and `)})`).join(' union all ')}) j
    order by ${place} limit ${limit}`;
}

/** SQL: jobs `j` up to a place; all where that is null. @param first number of its first parameter */
export function upTo(operation: FilteredOperation, last: Place | null, first: number): Condition {
  if (last === null) return { sql: 'true', values: [] };
  const values = last.map((_, nth) => `$${first + nth}`);
  return {
    sql: `(${ORDER[operation].map((column) => `j.${column}`).join(', ')}) <= (${values.join(', ')})`,
    values: last,
  };
}

/** SQL: had the transaction of an event `e` been committed in the preview? What was restored from a dump had. */
const wasSeen = (snapshot: string) =>
  `(e.id < (select max(first_id) from pantry_queue.epochs) or pg_visible_in_snapshot(e.xid, ${snapshot}::pg_snapshot))`;

/**
 * SQL: jobs `j` were in the preview too, as their events tell: transactions that were open then were not seen, however
 * low their numbers. A job that ended so long ago that its events are gone was seen by the time of its end.
 * @param first number of its first parameter
 */
export function seenBefore(
  operation: FilteredOperation,
  { status, phase }: JobFilter,
  seen: SeenMoment,
  first: number,
): Condition {
  const [snapshot, second, third] = [`$${first}`, `$${first + 1}`, `$${first + 2}`];
  if (operation !== 'cancel_jobs') {
    return {
      sql: `(exists (select from pantry_queue.events e
               where e.job_no = j.job_no and e.state = 'failed' and ${wasSeen(snapshot)})
             or (j.expired_at is not null and j.ended_at < ${second}::timestamptz))`,
      values: [seen.snapshot, seen.at],
    };
  }
  return {
    sql: `exists (select from (
            select split_part(e.state, '/', 1) as status, split_part(e.state, '/', 2) as phase
            from pantry_queue.events e
            where e.job_no = j.job_no and e.state is not null and ${wasSeen(snapshot)}
            order by e.id desc limit 1) then_was
          where (${second}::text[] is null or then_was.status = any (${second}))
            and (${third}::text[] is null or then_was.phase = any (${third})))`,
    values: [seen.snapshot, status ?? null, phase ?? null],
  };
}

/**
 * SQL: would a further generation of the job `j`, the latest of its subject, find a paid reply? The rule of
 * `carryReplyOver`: the latest usable reply is of a job of the same owner about what the subject is now.
 */
export const hasStoredReplyOf = (type: JobType): string => `exists (
      select from (
        select e.* from pantry_queue.jobs e join pantry_queue.replies p using (job_no)
        where e.kind = j.kind and e.subject = j.subject and e.generation <= j.generation and p.refused is null
        order by e.generation desc limit 1
      ) paid join ${lookupOf(type)} s on s.subject = paid.subject
      where paid.status in ('failed', 'canceled') and paid.tenant_id = j.tenant_id and ${sameSubject('paid', 's')})`;

/** SQL: the same of a job of any kind. */
export const hasStoredReply = (kinds: JobKinds): string =>
  `(${kinds.list.map((type) => `(j.kind = '${type.kind}' and ${hasStoredReplyOf(type)})`).join(' or ')})`;
