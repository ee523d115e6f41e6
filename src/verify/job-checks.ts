import { EVENTS } from '../contract/events.ts';
import { INITIAL_STATES, type State, type Subject, TERMINAL_STATUSES, TRANSITIONS } from '../contract/job.ts';
import { WORKER_BEAT } from '../contract/policies.ts';
import type { JobKinds } from '../jobs/job-type.ts';
import type { Queryable } from '../ledger/connection/queryable.ts';
import { ofKinds } from '../ledger/of-kind.ts';
import { lookupOf, sameRow, sameSubject } from '../ledger/same-subject.ts';
import type { CheckName, CoreCheck } from './checks.ts';
import type { Findings } from './findings.ts';

/** Jobs that one statement judges: short enough for its time limit, long enough that a million jobs are few of them. */
const PAGE = 5_000;

const list = (words: readonly string[]) => `(${words.map((word) => `'${word}'`).join(', ')})`;
const ENDS = list(TERMINAL_STATUSES);
const KINDS = list(Object.keys(EVENTS));
const BEGINNINGS = list(INITIAL_STATES);
/** `from>to`, from the contract's table: the database's own copy of it is what is being checked. */
const STEPS = list(
  (Object.keys(TRANSITIONS) as State[]).flatMap((from) => TRANSITIONS[from].map((to) => `${from}>${to}`)),
);

const LIVE = 'j.live';
const overdue = (time: string) => `${time} < now() - make_interval(secs => $3 / 1000.0)`;

/** Retention removes events and reply of a job together and leaves its mark. */
const EXPIRED = `(j.status in ${ENDS} and h.events = 0 and p.job_no is null
  and to_jsonb(j) ->> 'expired_at' is not null)`;

/**
 * When a job is wrong. `j` is the job, `h` what its events say, `p` the stored reply, `s` what its kind finds under its
 * subject, `g` the other generations; `$3` the age in ms from which what stands still is stale.
 */
const JOB_CHECKS: Partial<Readonly<Record<CoreCheck, string>>> = {
  history_missing: 'h.states = 0',
  history_start: 'h.states > 0 and h.beginnings <> 1',
  history_step: 'h.bad_steps > 0',
  history_kind: 'h.unknown_kinds > 0',
  history_state: 'h.states > 0 and h.last_state <> pantry_queue.state_of(j.status, j.phase)',
  end_event_missing: `j.status in ${ENDS} and h.states > 0 and h.ends = 0`,
  end_event_doubled: 'h.ends > 1',
  end_time: `(j.ended_at is null) <> (${LIVE})`,
  attempts: 'h.states > 0 and (j.attempt, j.attempts_charged, j.attempts_lost) <> (h.started, h.charged, h.lost)',
  error_missing: `j.status = 'failed' and j.error_code is null`,

  generation_gap: 'j.generation > 1 and not g.has_previous',
  live_twice: `${LIVE} and g.other_live`,
  live_overtaken: `${LIVE} and g.has_later`,
  superseded: 'j.superseded <> g.has_later',

  reply_missing: `j.status = 'finished' and p.job_no is null and j.orphaned_at is null`,
  result_hash: `j.status = 'finished' and p.job_no is not null
    and (j.result_hash is distinct from p.sha256 or j.result ->> 'result_hash' is distinct from p.sha256)`,
  result_early: `j.status <> 'finished' and (j.result is not null or j.result_hash is not null)`,
  subject_gone: `j.orphaned_at is null and (s.subject is null or not ${sameRow('j', 's')}) and not exists (
    select from pantry_queue.tombstones t where t.kind = j.kind and t.subject = j.subject and j.job_no <= t.job_no)`,
  subject_changed: `${LIVE} and s.subject is not null and ${sameRow('j', 's')} and not coalesce(${sameSubject('j', 's')}, false)
    and ${overdue('j.state_since')}`,
  deleted_kept: `j.orphaned_at is not null
    and (p.job_no is not null or j.result is not null or j.result_hash is not null or j.params <> '{}' or ${LIVE})`,
  tenant_mixed: 'p.tenant_id <> j.tenant_id or s.tenant_id <> j.tenant_id or h.foreign_owner',
  batch_missing: `j.batch_id is not null and not exists (
    select from pantry_queue.batches b where b.batch_id = j.batch_id and b.tenant_id = j.tenant_id)`,

  give_up_overdue: `${LIVE} and ${overdue('j.give_up_at')}`,
  worker_gone: `j.status = 'started' and j.phase = 'agent' and ${overdue('j.state_since')} and not exists (
    select from pantry_queue.workers w where w.worker_id = j.worker_id
      and not ${overdue(`w.seen_at + interval '${WORKER_BEAT.lostAfterMs} milliseconds'`)}
      and pantry_queue.job_id_of(j.kind, j.subject, j.generation) = any (w.running))`,
  save_overdue: `j.status = 'started' and j.phase = 'saving' and ${overdue('j.state_since')}`,
  cancel_overdue: `j.status = 'started' and j.phase = 'canceling' and ${overdue('j.cancel_requested_at')}`,
  retry_overdue: `j.status = 'deferred' and j.phase = 'backoff' and ${overdue('j.next_attempt_at')}`,
  start_overdue: `j.status = 'scheduled' and (j.run_at is null or ${overdue('j.run_at')})`,
  wait_overdue: `j.status = 'deferred' and j.phase = 'dependency' and ${overdue('j.state_since')} and not exists (
    select from pantry_queue.dependencies d join pantry_queue.jobs p on p.job_no = d.parent_no
    where d.job_no = j.job_no and (p.live or not ${overdue('p.ended_at')}))`,
  hand_over_overdue: `${LIVE} and j.admitted_at is not null and j.handed_over_at is null
    and ${overdue('greatest(j.admitted_at, j.engine_checked_at)')}`,
};

/** What stands under the subject of the job `j`, whatever its kind. */
const found = ({ list }: JobKinds) =>
  list
    .map(
      (type) => `select l.subject, l.tenant_id, l.user_id, l.made, l.params from ${lookupOf(type)} l
      where j.kind = '${type.kind}' and l.subject = j.subject`,
    )
    .join(' union all ');

const failed = (name: string, condition: string) => `case when ${condition} then '${name}' end`;

const JUDGE_PAGE = ofKinds(
  (kinds) => `
with judged as materialized (
  select j.job_no, h.events, p.job_no is not null as replied,
    pantry_queue.job_id_of(j.kind, j.subject, j.generation) as job_id,
    case when j.kind not in ${list(kinds.names)} then '{kind_unknown}' when ${EXPIRED} then '{}' else array_remove(array[
      ${[
        ...Object.entries(JOB_CHECKS).map(([name, condition]) => failed(name, condition)),
        ...kinds.list.flatMap(({ kind, checks }) =>
          Object.entries(checks?.ofJobs ?? {}).map(([name, { sql }]) => failed(name, `j.kind = '${kind}' and ${sql}`)),
        ),
      ].join(',\n      ')}
    ], null) end as failed
  from (
    select * from pantry_queue.jobs
    where job_no > $1 and ($4::text is null or (kind = $4 and subject = $5)) and ($6::int is null or generation = $6)
    order by job_no limit $2
  ) j
  cross join lateral (
    select count(*) as events,
      count(*) filter (where e.state is not null) as states,
      count(*) filter (where e.state is not null and e.before is null and e.state in ${BEGINNINGS}) as beginnings,
      count(*) filter (where e.before <> e.state and e.before || '>' || e.state not in ${STEPS}) as bad_steps,
      count(*) filter (where e.kind not in ${KINDS}) as unknown_kinds,
      count(*) filter (where e.state in ${ENDS}) as ends,
      (array_agg(e.state order by e.id desc) filter (where e.state is not null))[1] as last_state,
      count(*) filter (where e.kind = 'attempt_started') as started,
      count(*) filter (where e.kind = 'attempt_lost') as lost,
      count(*) filter (where e.kind = 'attempt_failed' and e.data -> 'charged' = 'true') as charged,
      coalesce(bool_or((e.tenant_id, e.user_id) <> (j.tenant_id, j.user_id) or e.batch_id is distinct from j.batch_id), false) as foreign_owner
    from (
      select e.id, e.kind, e.state, e.data, e.tenant_id, e.user_id, e.batch_id,
        -- What changes no state is in a partition of its own.
        lag(e.state) over (partition by e.state is null order by e.id) as before
      from pantry_queue.events e where e.job_no = j.job_no
    ) e
  ) h
  cross join lateral (
    select coalesce(bool_or(o.generation = j.generation - 1), false) as has_previous,
      coalesce(bool_or(o.generation > j.generation), false) as has_later,
      coalesce(bool_or(o.generation > j.generation and o.status = 'finished'), false) as later_finished,
      coalesce(bool_or(o.generation < j.generation and o.status = 'failed'), false) as earlier_failed,
      coalesce(bool_or(o.live), false) as other_live
    from pantry_queue.jobs o where o.kind = j.kind and o.subject = j.subject and o.generation <> j.generation
  ) g
  left join pantry_queue.replies p on p.job_no = j.job_no
  left join lateral (${found(kinds)}) s on true
  ${kinds.list.map(({ checks }) => checks?.join ?? '').join('\n  ')}
)
select null as failed, count(*)::int as jobs, coalesce(sum(events), 0)::int as events,
       count(*) filter (where replied)::int as replies, max(job_no) as last_job_no, null as ids from judged
union all
select f, count(*)::int, 0, 0, null, (array_agg(job_id order by job_no))[1:20]
from judged cross join unnest(failed) f group by f`,
);

type PageRow = {
  failed: CheckName | null;
  jobs: number;
  events: number;
  replies: number;
  last_job_no: number | null;
  ids: string[] | null;
};

export interface JobScope {
  /** Only jobs that were accepted after this one. */
  readonly afterJobNo?: number | undefined;
  /** Only jobs about this. */
  readonly of?: Subject | undefined;
  readonly generation?: number | undefined;
}

export interface JudgedJobs {
  readonly jobs: number;
  /** Events and replies that belong to them. */
  readonly events: number;
  readonly replies: number;
}

/**
 * Judges each job by what the ledger says of it, page by page.
 * @param tx a snapshot: a job and its events are then of one moment
 * @param options `staleAfterMs`: from this age what stands still is stale
 */
export async function judgeJobs(
  tx: Queryable,
  kinds: JobKinds,
  findings: Findings,
  options: JobScope & { staleAfterMs: number },
): Promise<JudgedJobs> {
  const judged = { jobs: 0, events: 0, replies: 0 };
  for (let after = options.afterJobNo ?? 0; ; ) {
    const rows = await tx.query<PageRow>(JUDGE_PAGE(kinds), [
      after,
      PAGE,
      options.staleAfterMs,
      options.of?.kind ?? null,
      options.of?.subject ?? null,
      options.generation ?? null,
    ]);
    let page = 0;
    for (const row of rows) {
      if (row.failed !== null) {
        findings.add(row.failed, row.ids ?? [], row.jobs);
        continue;
      }
      page = row.jobs;
      judged.jobs += row.jobs;
      judged.events += row.events;
      judged.replies += row.replies;
      after = row.last_job_no ?? after;
    }
    if (page < PAGE) return judged;
  }
}
