import { FEED, HISTORY } from '../contract/policies.ts';
import type { JobKinds } from '../jobs/job-type.ts';
import { memberCounts } from '../ledger/batches/batch-members.ts';
import type { Queryable } from '../ledger/connection/queryable.ts';
import type { Db } from '../ledger/db.ts';
import { HISTORY_COUNTS, NOT_IN_HISTORY } from '../ledger/insight/queue-history-counts.ts';
import { BILL_CHECKS } from './bill-checks.ts';
import type { CheckName } from './checks.ts';
import type { Findings } from './findings.ts';
import type { JudgedJobs } from './job-checks.ts';
import { LIMIT_CHECKS } from './limit-checks.ts';
import { WEBHOOK_CHECKS } from './webhook-checks.ts';

/** What the trigger keeps of the latest generations, against a recount: each owner, and the tenant's total (user 0). */
const COUNTERS = `
with kept as (
  -- What else is counted there is of a kind's subjects (src/jobs/ocr/checks.ts).
  select tenant_id, user_id, status, error_code, sum(n) as n from pantry_queue.counts where status <> 'review'
  group by 1, 2, 3, 4
), owners as (
  select tenant_id, user_id, status, case status when 'failed' then coalesce(error_code, '') else '' end as error_code,
         count(*) as n
  from pantry_queue.jobs where orphaned_at is null and not superseded and cleared_at is null group by 1, 2, 3, 4
), counted as (
  select tenant_id, user_id, status, error_code, sum(n) as n from (
    select * from owners
    union all
    select tenant_id, 0, status, error_code, n from owners
  ) both_kinds group by 1, 2, 3, 4
)
select case user_id when 0 then 'tenant ' || tenant_id else 'user ' || user_id end || ' ' || status
         || case error_code when '' then '' else ' ' || error_code end
         || ': ' || coalesce(kept.n, 0) || ' instead of ' || coalesce(counted.n, 0) as id
from kept full join counted using (tenant_id, user_id, status, error_code)
where coalesce(kept.n, 0) <> coalesce(counted.n, 0)
order by 1`;

/** The same of failed jobs by their cause. */
const FAILURES = `
with kept as (
  select tenant_id, user_id, error_code, fingerprint, sum(n) as n from pantry_queue.failures group by 1, 2, 3, 4
), owners as (
  select tenant_id, user_id, coalesce(error_cause, error_code, '') as error_code, fingerprint, count(*) as n
  from pantry_queue.jobs where pantry_queue.is_dead_letter(status, superseded, cleared_at, orphaned_at) group by 1, 2, 3, 4
), counted as (
  select tenant_id, user_id, error_code, fingerprint, sum(n) as n from (
    select * from owners
    union all
    select tenant_id, 0, error_code, fingerprint, n from owners
  ) both_kinds group by 1, 2, 3, 4
)
select case user_id when 0 then 'tenant ' || tenant_id else 'user ' || user_id end || ' ' || error_code || ' ' || fingerprint
         || ': ' || coalesce(kept.n, 0) || ' instead of ' || coalesce(counted.n, 0) as id
from kept full join counted using (tenant_id, user_id, error_code, fingerprint)
where coalesce(kept.n, 0) <> coalesce(counted.n, 0)
order by 1`;

/**
 * Minutes of the history against the events that it has counted, each owner and the tenant's total (user 0): those whose
 * events are all kept still.
 */
const HISTORY_MINUTES = `
with since as (
  select greatest(now() - make_interval(secs => $1), max(ended_at) filter (where expired_at is not null)) + interval '2 minutes' as at
  from pantry_queue.jobs
), kept as (
  select h.tenant_id, h.user_id, h.at, h.accepted, h.finished, h.failed, h.canceled,
    coalesce((select sum(w)::int from unnest(h.waits) w), 0) as started
  from pantry_queue.history h, since s where h.step_s = $2 and h.at >= s.at
), counted as (
  select e.tenant_id, o.user_id, date_bin('1 minute', e.at, 'epoch') as at, ${HISTORY_COUNTS},
    (count(*) filter (where e.kind = 'attempt_started' and e.attempt = 1))::int as started
  from pantry_queue.events e cross join lateral (values (0::bigint), (e.user_id)) o (user_id), since s
  where date_bin('1 minute', e.at, 'epoch') >= s.at and not ${NOT_IN_HISTORY}
    and (e.kind in ('enqueued', 'finished', 'failed', 'canceled') or (e.kind = 'attempt_started' and e.attempt = 1))
  group by 1, 2, 3
)
select case user_id when 0 then 'tenant ' || tenant_id else 'user ' || user_id end || ' at ' || at as id
from kept k full join counted c using (tenant_id, user_id, at)
where (k.accepted, k.started, k.finished, k.failed, k.canceled)
  is distinct from (c.accepted, c.started, c.finished, c.failed, c.canceled)
order by 1`;

const BATCHES = `
select batch_id as id
from pantry_queue.batches b
left join (
  select batch_id, count(*) as n, min(job_no) as first, max(job_no) as last
  from pantry_queue.jobs where batch_id is not null group by 1) j using (batch_id)
where coalesce(j.n, 0) <> b.queued or b.queued + cardinality(b.others) <> b.total
  or (j.first, j.last) is distinct from (b.first_job_no, b.last_job_no)
order by 1`;

/** Of batches that have ended and are not past their retention: one event each, and it says what their row says. */
const BATCH_ENDS = `
select b.batch_id as id
from pantry_queue.batches b
left join (
  select batch_id, count(*) as n, min(id) as event_id, min(data::text)::jsonb as data
  from pantry_queue.events where kind = 'batch_finished' and batch_id is not null group by 1) e using (batch_id)
where b.expired_at is null and coalesce(e.n, 0) <> case when b.ended_at is null then 0 else 1 end
  or b.ended_at is not null and (b.ended_as is null or b.expired_at is null and e.data <> b.ended_as
    or b.total is distinct from (select sum((b.ended_as ->> part)::int) from unnest('{finished,failed,canceled,gone}'::text[]) part))
order by 1`;

const BATCH_OVERDUE = `
select b.batch_id as id
from pantry_queue.batches b cross join lateral (${memberCounts('b')}) c
where b.ended_at is null and c.live = 0 and greatest(b.created_at, c.last_ended_at) < now() - make_interval(secs => $1 / 1000.0)
order by 1`;

const CLEARED = `
select pantry_queue.job_id_of(kind, subject, generation) as id from pantry_queue.jobs
where cleared_at is not null and status <> 'failed'
order by job_no`;

/** What a preview promised is what became of it, was dropped when it was confirmed, or is still to be done. */
const BULKS = `
select b.bulk_id as id
from pantry_queue.bulks b
left join lateral (
  select coalesce(sum(value::int), 0) as n from jsonb_each_text(b.outcomes)) told on true
left join lateral (
  select coalesce(sum(value::int) filter (where key <> 'skipped/changed'), 0) as n from jsonb_each_text(b.outcomes)) noted on true
left join (
  select bulk_no, count(*) filter (where outcome is null) as waiting, count(outcome) as done
  from pantry_queue.bulk_jobs group by 1) m using (bulk_no)
where told.n + coalesce(m.waiting, 0) <> b.total or noted.n <> coalesce(m.done, 0)
  or (b.ended_at is null) <> (coalesce(m.waiting, 0) > 0)
order by b.bulk_no`;

const OVERDUE_BULKS = `
select bulk_id as id from pantry_queue.bulks
where ended_at is null and next_at < now() - make_interval(secs => $1 / 1000.0)
order by bulk_no`;

const SCHEDULES_OVERDUE = `
select name as id from pantry_queue.schedules
where wake_at < now() - make_interval(secs => $1 / 1000.0)
order by 1`;

/** What is paused or waits has its own; all others wake at their next time. */
const SCHEDULES_STOPPED = `
select name as id from pantry_queue.schedules
where case when paused_at is not null then wake_at is not null or next_at is not null
  when pending_for is not null then wake_at is null
  else wake_at is null or wake_at is distinct from next_at end
order by 1`;

/** Of batches that are younger than the events of their schedules are kept. */
const SCHEDULE_RUNS = `
select b.batch_id as id from pantry_queue.batches b
where b.schedule is not null and b.created_at > now() - interval '${FEED.keptS / 2} seconds'
  and (select count(*) from pantry_queue.events e where e.kind = 'schedule_fired' and e.batch_id = b.batch_id) <> 1
union
select coalesce(e.batch_id, 'an event') from pantry_queue.events e
where e.kind = 'schedule_fired' and e.batch_id is not null
  and not exists (select from pantry_queue.batches b where b.batch_id = e.batch_id and b.schedule = e.data ->> 'schedule')
order by 1`;

const TOMBSTONES = `
select distinct kind || ' ' || subject as id from pantry_queue.tombstones
where created_at < now() - make_interval(secs => $1 / 1000.0)
order by 1`;

const COMMANDS = `
select distinct pantry_queue.job_id_of(j.kind, j.subject, j.generation) as id
from pantry_queue.commands c join pantry_queue.jobs j using (job_no)
where c.done_at is null and c.created_at < now() - make_interval(secs => $1 / 1000.0)
order by 1`;

const EVENTS_WITHOUT_JOB = `
select 'job number ' || e.job_no as id from pantry_queue.events e
where e.job_no is not null and not exists (select from pantry_queue.jobs j where j.job_no = e.job_no)
group by e.job_no`;

const REPLIES_WITHOUT_JOB = `
select 'job number ' || p.job_no as id from pantry_queue.replies p
where not exists (select from pantry_queue.jobs j where j.job_no = p.job_no)`;

/** The feed reads an epoch between its first and its last transaction. */
const UNREACHABLE = `
select distinct coalesce(pantry_queue.job_id_of(j.kind, j.subject, j.generation), 'job number ' || e.job_no, e.batch_id, e.data ->> 'schedule') as id
from pantry_queue.events e
join (
  select first_id, first_xid, lead(first_id) over later as end_id, lead(prior_xid) over later as last_xid
  from pantry_queue.epochs window later as (order by epoch)
) p on e.id >= p.first_id and (p.end_id is null or e.id < p.end_id)
left join pantry_queue.jobs j using (job_no)
where e.xid < p.first_xid or e.xid > p.last_xid
order by 1`;

const MOVED = `
select 'epoch ' || max(epoch) as id from pantry_queue.epochs having pantry_queue.has_moved()`;

/** Counts all, returns the first ones. */
const counting = (sql: string) => `
with found as materialized (${sql})
select (select count(*) from found)::int as count, array(select id from found limit 20) as ids`;

/** The first one is where somebody changed it. */
const AUDIT_BREAKS = `select 'entry ' || entry_no as id from pantry_queue.audit_breaks order by entry_no`;

async function find(
  tx: Queryable,
  findings: Findings,
  check: CheckName,
  sql: string,
  values: readonly unknown[] = [],
): Promise<void> {
  const [row] = await tx.query<{ count: number; ids: string[] }>(counting(sql), values);
  if (row) findings.add(check, row.ids, row.count);
}

/** What differs between the counters and a recount, in one snapshot; nothing where all agree. */
export function recount(db: Db): Promise<string[]> {
  return db.transaction(
    async (tx) => {
      await tx.execute('set local plan_cache_mode = force_custom_plan');
      const rows = [...(await tx.query<{ id: string }>(COUNTERS)), ...(await tx.query<{ id: string }>(FAILURES))];
      return rows.map(({ id }) => id);
    },
    { snapshot: true },
  );
}

/**
 * Judges what is no single job's matter.
 * @param judged of all jobs, in the same snapshot: where the numbers are those of the tables, nothing is without a job
 */
export async function judgeLedger(
  tx: Queryable,
  kinds: JobKinds,
  findings: Findings,
  judged: JudgedJobs,
  options: { staleAfterMs: number },
): Promise<void> {
  const [stored] = await tx.query<{ events: number; replies: number }>(
    `select (select count(*) from pantry_queue.events where job_no is not null)::int as events,
            (select count(*) from pantry_queue.replies)::int as replies`,
  );
  if (stored?.events !== judged.events || stored.replies !== judged.replies) {
    await find(tx, findings, 'job_vanished', `${EVENTS_WITHOUT_JOB} union ${REPLIES_WITHOUT_JOB}`);
  }
  await find(tx, findings, 'counters', COUNTERS);
  await find(tx, findings, 'cleared_unfailed', CLEARED);
  await find(tx, findings, 'bulk_count', BULKS);
  await find(tx, findings, 'bulk_overdue', OVERDUE_BULKS, [options.staleAfterMs]);
  await find(tx, findings, 'failure_count', FAILURES);
  const [minutes = { stepS: 60, forS: 0 }] = HISTORY.kept;
  await find(tx, findings, 'history_count', HISTORY_MINUTES, [minutes.forS, minutes.stepS]);
  await find(tx, findings, 'batch_count', BATCHES);
  await find(tx, findings, 'batch_end', BATCH_ENDS);
  await find(tx, findings, 'batch_overdue', BATCH_OVERDUE, [options.staleAfterMs]);
  await find(tx, findings, 'schedule_overdue', SCHEDULES_OVERDUE, [options.staleAfterMs]);
  await find(tx, findings, 'schedule_stopped', SCHEDULES_STOPPED);
  await find(tx, findings, 'schedule_run', SCHEDULE_RUNS);
  for (const [check, { sql, timed }] of Object.entries(WEBHOOK_CHECKS)) {
    await find(tx, findings, check as CheckName, sql, timed ? [options.staleAfterMs] : []);
  }
  for (const { checks } of kinds.list) {
    for (const [check, { sql }] of Object.entries(checks?.ofLedger ?? {})) await find(tx, findings, check, sql);
  }
  for (const [check, sql] of Object.entries(BILL_CHECKS)) await find(tx, findings, check, sql);
  for (const [check, sql] of Object.entries(LIMIT_CHECKS)) await find(tx, findings, check, sql, [options.staleAfterMs]);
  await find(tx, findings, 'tombstone_overdue', TOMBSTONES, [options.staleAfterMs]);
  await find(tx, findings, 'command_overdue', COMMANDS, [options.staleAfterMs]);
  await find(tx, findings, 'event_unreachable', UNREACHABLE);
  await find(tx, findings, 'audit_chain', AUDIT_BREAKS);
  await find(tx, findings, 'epoch_overdue', MOVED);
}
