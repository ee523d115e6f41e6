import { billOf } from './bill.ts';

/**
 * SQL: the latest generation after a member's job `m`, `l`; null where there is none. A receipt that was deleted takes
 * its jobs along: what stands under its id then is no member.
 */
const LATEST = `left join lateral (
    select g.* from pantry_queue.jobs g
    where m.superseded and g.kind = m.kind and g.subject = m.subject and g.generation > m.generation
      and g.user_id = m.user_id and g.orphaned_at is not distinct from m.orphaned_at
    order by g.generation desc limit 1) l on true`;

/** SQL: does the member with this number still live, in whatever generation? */
export const isMemberLive = (jobNo: string) => `exists (
    select from pantry_queue.jobs m ${LATEST} where m.job_no = ${jobNo} and coalesce(l.live, m.live))`;

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
  /** Calls that the agent answered: replies that were saved, and answers that were no use. */
  paid_calls: number;
  ended_lately: number;
  highest_live: number | null;
};

/** Members that ended in this time tell how fast it goes. */
export const LATELY_S = 300;

const statusIs = (...statuses: string[]) =>
  `count(*) filter (where coalesce(l.status, m.status) in (${statuses.map((status) => `'${status}'`).join(', ')}))::int`;

const paidIn = (job: string) =>
  `${job}.attempts_charged + case when ${job}.status = 'finished' and ${job}.attempt > 0 then 1 else 0 end`;

/**
 * SQL: `MemberCounts` of a batch, at the cost of its members. A member is its subject: it counts with its latest
 * generation. What it cost before another batch took it in is not this one's.
 */
export const memberCounts = (batch: string) => `
  select ${statusIs('finished')} as finished, ${statusIs('failed')} as failed, ${statusIs('canceled')} as canceled,
    ${statusIs('started')} as running, ${statusIs('deferred')} as deferred, ${statusIs('queued', 'scheduled')} as waiting,
    ${batch}.total - count(*)::int as gone,
    count(*) filter (where coalesce(l.live, m.live))::int as live,
    max(m.job_no) filter (where coalesce(l.live, m.live)) as highest_live,
    count(*) filter (where case when l.job_no is null then m.cleared_at else l.cleared_at end is not null)::int as cleared,
    count(*) filter (where case when l.job_no is null then m.ended_at else l.ended_at end
      > now() - interval '${LATELY_S} seconds')::int as ended_lately,
    max(case when l.job_no is null then m.ended_at else l.ended_at end) as last_ended_at,
    coalesce(sum(case when m.is_new then ${paidIn('m')} + case when m.superseded then (
      select coalesce(sum(${paidIn('g')}), 0) from pantry_queue.jobs g
      where g.kind = m.kind and g.subject = m.subject and g.generation > m.generation
        and g.user_id = m.user_id and g.orphaned_at is not distinct from m.orphaned_at) else 0 end end), 0)::int as paid_calls
  from (
    select j.*, true as is_new from pantry_queue.jobs j
    where j.job_no between ${batch}.first_job_no and ${batch}.last_job_no and j.batch_id = ${batch}.batch_id
    union all
    select j.*, false from pantry_queue.jobs j where j.job_no = any (${batch}.others)
  ) m ${LATEST}`;

/** SQL: what the calls for a batch's own jobs and their retries cost. */
export const costsOfMembers = (batch: string) => `
  select bill.costs from (${billOf(`p.job_no = any (array(
    select coalesce(g.job_no, m.job_no) from pantry_queue.jobs m
    left join lateral (
      select g.job_no from pantry_queue.jobs g
      where g.kind = m.kind and g.subject = m.subject and (g.job_no = m.job_no or m.superseded and g.generation > m.generation
        and g.user_id = m.user_id and g.orphaned_at is not distinct from m.orphaned_at)) g on m.superseded
    where m.job_no between ${batch}.first_job_no and ${batch}.last_job_no and m.batch_id = ${batch}.batch_id))`)}) bill`;

/**
 * SQL: the numbers of the jobs that a batch's members are now, each in its latest generation.
 * @param batchId, tenant parameters
 */
export const memberJobNos = (batchId: string, tenant: string) => `
  select coalesce(l.job_no, m.job_no) from pantry_queue.batches b cross join lateral (
    select j.* from pantry_queue.jobs j
    where j.job_no between b.first_job_no and b.last_job_no and j.batch_id = b.batch_id
    union all
    select j.* from pantry_queue.jobs j where j.job_no = any (b.others)
  ) m ${LATEST}
  where b.batch_id = ${batchId} and b.tenant_id = ${tenant}`;
