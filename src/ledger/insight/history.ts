import type { EventKind } from '../../contract/events.ts';
import type { State } from '../../contract/job.ts';
import type { Db } from '../db.ts';

/** How long a job was in a state, and how often it came there. */
export type TimeInState = { state: State; seconds: number; times: number };

/** Attempts one after the other that ended alike. */
export type AttemptsAlike = {
  first: number;
  last: number;
  /** `replied`, the code of an error, `attempt_lost`, `canceled` or `failed` with its job; null: under way. */
  outcome: string | null;
  charged: boolean;
  began_at: string;
  ended_at: string | null;
  /** Of all of them together, without the time between them. */
  seconds: number;
};

/** What the events of a job tell; nothing of one that is past its retention. */
export type JobHistory = {
  states: TimeInState[];
  /** The latest of them, in order. */
  attempts: AttemptsAlike[];
  events: { kind: EventKind; times: number; last_at: string; last_data: object | null }[];
};

/** More than a job can have in the time that it may live. */
const MAX_EVENTS = 200_000;
const MAX_GROUPS = 100;

const HISTORY = `
with own as materialized (
  select id, kind, state, attempt, data, at from pantry_queue.events where job_no = $1 order by id limit ${MAX_EVENTS}
), changes as (
  select id, state, at, lead(at) over w as until, lag(state) over w as before from own where state is not null
  window w as (order by id)
), states as (
  select state, sum(extract(epoch from coalesce(until, now()) - at))::float8 as seconds,
    (count(*) filter (where state is distinct from before))::int as times
  from changes where state not in ('finished', 'failed', 'canceled') group by state
), attempts as (
  select attempt, min(at) filter (where kind = 'attempt_started') as began_at,
    min(at) filter (where kind in ('reply_stored', 'attempt_failed', 'attempt_lost', 'canceled', 'failed')) as ended_at,
    case when bool_or(kind = 'reply_stored') then 'replied'
      when bool_or(kind = 'attempt_failed') then max(data ->> 'code') filter (where kind = 'attempt_failed')
      when bool_or(kind = 'attempt_lost') then 'attempt_lost'
      when bool_or(kind = 'canceled') then 'canceled'
      when bool_or(kind = 'failed') then 'failed' end as outcome,
    coalesce(bool_or((data ->> 'charged')::boolean) filter (where kind = 'attempt_failed'), false) as charged
  from own where attempt > 0 group by attempt having bool_or(kind = 'attempt_started')
), alike as (
  select *, attempt - row_number() over (partition by outcome, charged order by attempt) as nth from attempts
), groups as (
  select min(attempt) as first, max(attempt) as last, outcome, charged, min(began_at) as began_at, max(ended_at) as ended_at,
    sum(extract(epoch from coalesce(ended_at, now()) - began_at))::float8 as seconds
  from alike group by nth, outcome, charged order by 1 desc limit ${MAX_GROUPS}
), kinds as (
  select kind, count(*)::int as times, max(at) as last_at, (array_agg(data order by id desc))[1] as last_data from own group by kind
)
select
  (select coalesce(json_agg(s), '[]') from states s) as states,
  (select coalesce(json_agg(g order by g.first), '[]') from groups g) as attempts,
  (select coalesce(json_agg(k), '[]') from kinds k) as events`;

/** One walk over the events of one job, which its time to give up bounds. */
export async function readHistory(db: Db, jobNo: number): Promise<JobHistory> {
  const [row] = await db.search.query<JobHistory>(HISTORY, [jobNo]);
  if (!row) throw new Error('a statement of aggregates gave no row');
  return row;
}
