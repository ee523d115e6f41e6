import { billOf } from '../money/bill.ts';

/**
 * SQL: the latest generation after a member's job `m`, `l`; null where there is none. A receipt that was deleted takes
 * its jobs along: what stands under its id then is no member.
 */
const LATEST = `left join lateral (
    select g.* from pantry_queue.jobs g
    where m.superseded and g.kind = m.kind and g.subject = m.subject and g.generation > m.generation
      and g.user_id = m.user_id and g.orphaned_at is not distinct from m.orphaned_at
    order by g.generation desc limit 1) l on true`;

/**
 * SQL: does the member with this number still live, in whatever generation? No `exists`: PostgreSQL answers one from a
 * hash of all jobs where it takes them for few.
 */
export const isMemberLive = (jobNo: string) => `coalesce((
    select coalesce(l.live, m.live) from pantry_queue.jobs m ${LATEST} where m.job_no = ${jobNo}), false)`;

/** SQL: the member of a batch with the highest number, up to a limit, that still lives. */
export const highestLive = (batch: string, upTo: string) => `coalesce((
    select m.job_no from pantry_queue.jobs m ${LATEST}
    where m.job_no between ${batch}.first_job_no and least(${batch}.last_job_no, ${upTo})
      and m.batch_id = ${batch}.batch_id and coalesce(l.live, m.live)
    order by m.job_no desc limit 1
  ), (
    select max(m.job_no) from pantry_queue.jobs m ${LATEST}
    where m.job_no = any (${batch}.others) and m.job_no <= ${upTo} and coalesce(l.live, m.live)))`;

/** Where the members of a batch are; the parts add up to its total. */
export type Parts = {
  finished: number;
  failed: number;
  canceled: number;
  running: number;
  deferred: number;
  waiting: number;
  /** Members whose job is not in the ledger any more: somebody removed it by hand. */
  gone: number;
};

export type MemberCounts = Parts & {
  live: number;
  /** Failed ones that were cleared; they are among the failed. */
  cleared: number;
  /** Members that ended since the batch was made; `lately`: of the last minutes. */
  ended_since: number;
  ended_lately: number;
  /** No member that waits for its time or its next attempt ends before. */
  not_before: Date | null;
  /** Members that wait for what nobody knows the time of: other jobs, the agent, a person. */
  untimed: number;
  highest_live: number | null;
};

/** Members that ended in this time tell how fast it goes. */
export const LATELY_S = 300;

/** SQL: a column of the job that a member is now. */
const now = (column: string) => `case when l.job_no is null then m.${column} else l.${column} end`;

const statusIs = (...statuses: string[]) =>
  `count(*) filter (where coalesce(l.status, m.status) in (${statuses.map((status) => `'${status}'`).join(', ')}))::int`;

/** SQL: the jobs of a batch that were there already, and those that were made for it, `is_new`. */
const membersOf = (batch: string) => `(
    select j.*, true as is_new from pantry_queue.jobs j
    where j.job_no between ${batch}.first_job_no and ${batch}.last_job_no and j.batch_id = ${batch}.batch_id
    union all
    select j.*, false from pantry_queue.jobs j where j.job_no = any (${batch}.others)
  )`;

/** SQL: the job `g` is a later generation of the member `m`. */
const IS_LATER = `g.kind = m.kind and g.subject = m.subject and g.generation > m.generation
      and g.user_id = m.user_id and g.orphaned_at is not distinct from m.orphaned_at`;

/** SQL: `MemberCounts` of a batch, at the cost of its members. A member is its subject: it counts with its latest generation. */
export const memberCounts = (batch: string) => `
  select ${statusIs('finished')} as finished, ${statusIs('failed')} as failed, ${statusIs('canceled')} as canceled,
    ${statusIs('started')} as running, ${statusIs('deferred')} as deferred, ${statusIs('queued', 'scheduled')} as waiting,
    ${batch}.total - count(*)::int as gone,
    count(*) filter (where coalesce(l.live, m.live))::int as live,
    max(m.job_no) filter (where coalesce(l.live, m.live)) as highest_live,
    count(*) filter (where ${now('cleared_at')} is not null)::int as cleared,
    count(*) filter (where ${now('ended_at')} >= ${batch}.created_at)::int as ended_since,
    count(*) filter (where ${now('ended_at')} >= ${batch}.created_at
      and ${now('ended_at')} > now() - interval '${LATELY_S} seconds')::int as ended_lately,
    max(${now('ended_at')}) as last_ended_at,
    max(case coalesce(l.status, m.status) when 'scheduled' then ${now('run_at')}
      when 'deferred' then ${now('next_attempt_at')} end) as not_before,
    count(*) filter (where coalesce(l.status, m.status) = 'deferred' and ${now('next_attempt_at')} is null)::int as untimed
  from ${membersOf(batch)} m ${LATEST}`;

/**
 * SQL: the calls for a batch's own jobs and their retries, and what they cost. What a member cost before another batch
 * took it in is not that one's.
 */
export const billOfMembers = (batch: string) => `
  select bill.paid_calls, bill.costs from (${billOf(`p.job_no = any (array(
    select coalesce(g.job_no, m.job_no) from pantry_queue.jobs m
    left join lateral (
      select g.job_no from pantry_queue.jobs g
      where g.job_no = m.job_no union all select g.job_no from pantry_queue.jobs g where ${IS_LATER}) g on m.superseded
    where m.job_no between ${batch}.first_job_no and ${batch}.last_job_no and m.batch_id = ${batch}.batch_id))`)}) bill`;

/**
 * SQL: the numbers of the jobs that a batch's members are now, each in its latest generation.
 * @param batchId, tenant parameters
 */
export const memberJobNos = (batchId: string, tenant: string) => `
  select coalesce(l.job_no, m.job_no) from pantry_queue.batches b cross join lateral ${membersOf('b')} m ${LATEST}
  where b.batch_id = ${batchId} and b.tenant_id = ${tenant}`;

/** SQL: jobs of a batch's members whose events do not name it: those that were there already, and later generations. */
export const jobsElsewhere = (batch: string) => `
  select m.job_no from ${membersOf(batch)} m where not m.is_new
  union
  select g.job_no from ${membersOf(batch)} m join pantry_queue.jobs g on ${IS_LATER} where m.superseded`;
