import { GATE } from '../contract/policies.ts';
import { type AdmittedRow, type AdmittedRun, admittedRun, RUN_COLUMNS } from './admitted-run.ts';
import type { Db } from './db.ts';
import { recordEvent } from './event.ts';
import { SERVING } from './processes/workers.ts';

/** Any number that nobody else uses: one admission at a time. */
const ADMISSION_LOCK = 7_302_517;
/** One admission looks at no more lanes, so that a crowd of owners at their caps never takes it too long; the next goes on. */
const MAX_LANES = 10_000;
/** Above every user id: a place behind all users of a tenant. */
const BEHIND_ALL_USERS = '9223372036854775807';

/** SQL: how many jobs may be active at once. $1 most, $2 least, $3 a live slot. */
const WINDOW = `least($1::int, greatest($2::int, $3::int * (select slots from ${SERVING} s)))`;
/** SQL: so many jobs may go before what others have waiting in the engine, and be let in beside a full window. */
const KEPT = `greatest(1, w.size / ${GATE.windowPerKeptPlace})`;

/** SQL: a waiting job. */
const WAITS = `j.status = 'queued' and j.phase = 'admission'`;

/**
 * An owner's jobs of one kind are a lane. Owners are walked in turn, behind the one whose turn it was last; a lane costs
 * one index probe, so the price is that of the window and not of the backlog. Caps are joined once, and only their
 * numbers count: a lane has the room that the lowest of them leaves, and without room it takes nobody's turn. A cap that
 * covers all of an owner or tenant passes over all of it in one step. A full window still has places for the first job of
 * an owner who has none active, which goes before what others have waiting in the engine.
 */
const ADMIT = `
with recursive open_jobs as materialized (
  select tenant_id, user_id, kind, active, admitted_at, active and status = 'queued' and phase = 'worker' as waits
  from pantry_queue.jobs where in_engine
), in_engine as materialized (
  select tenant_id, user_id, kind, count(*)::int as open, (count(*) filter (where active))::int as active
  from open_jobs group by 1, 2, 3
), gate as materialized (
  -- More in the engine than the window holds is no error: slots have gone, and the rest ends by itself.
  select q.turn_tenant, q.turn_user,
    room.free, passing.jobs as passing,
    greatest(room.free, least(may.open, room.free + passing.jobs, w.size + ${KEPT} - of_all.active)) as places
  from pantry_queue.queue_state q cross join (select ${WINDOW} as size) w
    cross join (select coalesce(sum(open), 0)::int as open, coalesce(sum(active), 0)::int as active from in_engine) of_all
    cross join lateral (select least($4::int, w.size * ${GATE.openPerWindow} - of_all.open) as open) may
    cross join lateral (select greatest(0, least(may.open, w.size - of_all.active)) as free) room
    -- The only job of its owner, let in after one that still waits: it has passed that, or may.
    cross join lateral (select greatest(0, ${KEPT} - count(*)::int) as jobs from (
      select from open_jobs where active group by tenant_id, user_id
      having count(*) = 1 and max(admitted_at) > (select min(admitted_at) from open_jobs where waits)) passed) passing
), lanes as (
  select 0 as step, null::text as tenant_id, null::bigint as user_id, null::text as kind, 0 as turn, 0 as room,
    null::bigint[] as caps, null::int[] as rooms, false as is_first,
    -- Where the walk goes on, in its first lap or in the one from the beginning.
    g.turn_tenant as past_tenant, g.turn_user + 1 as past_user, '' as past_kind, 0 as lap,
    -- Owners who can have a job now, whether the one of this lane is among them, and what they take of shared caps.
    0 as eligible, false as counted, '{}'::jsonb as taken
  from gate g where g.places > 0
  union all
  select l.step + 1, next.tenant_id, next.user_id, next.kind, l.turn + same.other, lane.room, cap.caps, cap.rooms,
    of_owner.is_first, next.tenant_id, case when cap.no_tenant then ${BEHIND_ALL_USERS} else next.user_id + cap.no_owner::int end,
    case when cap.no_owner then '' else next.kind end, next.lap,
    l.eligible + counts.more, lane.room > 0 or of_owner.counted,
    case when counts.more = 1 and cap.shared is not null then l.taken || cap.shared else l.taken end
  from lanes l cross join gate g cross join lateral (
    (select j.tenant_id, j.user_id, j.kind, l.lap from pantry_queue.jobs j
     where ${WAITS} and (j.tenant_id, j.user_id, j.kind) > (l.past_tenant, l.past_user, l.past_kind)
       and (l.lap = 0 or (j.tenant_id, j.user_id) <= (g.turn_tenant, g.turn_user))
     order by j.tenant_id, j.user_id, j.kind limit 1)
    union all
    (select j.tenant_id, j.user_id, j.kind, 1 from pantry_queue.jobs j
     where l.lap = 0 and ${WAITS} and (j.tenant_id, j.user_id) <= (g.turn_tenant, g.turn_user)
     order by j.tenant_id, j.user_id, j.kind limit 1)
    limit 1
  ) next cross join lateral (
    -- Kinds that another program knows are left to it.
    select case when next.kind = any ($5::text[]) then coalesce(min(c.room - c.taken), g.places) else 0 end as room,
      array_agg(c.cap_no) as caps, array_agg(c.room) as rooms,
      jsonb_object_agg(c.cap_no, c.taken + 1) filter (where c.user_id is null) as shared,
      coalesce(bool_or(c.room = c.taken and c.kind is null), false) as no_owner,
      coalesce(bool_or(c.room = c.taken and c.kind is null and c.user_id is null), false) as no_tenant
    from (
      select k.cap_no, k.user_id, k.kind, coalesce((l.taken ->> k.cap_no::text)::int, 0) as taken,
        greatest(0, k.in_flight - coalesce((
          select sum(e.active)::int from in_engine e
          where (k.tenant_id is null or e.tenant_id = k.tenant_id) and (k.user_id is null or e.user_id = k.user_id)
            and (k.kind is null or e.kind = k.kind)), 0)) as room
      from pantry_queue.caps_of(next.tenant_id, next.user_id, next.kind) k where k.in_flight is not null) c
  ) cap cross join lateral (
    select ((next.tenant_id, next.user_id) is distinct from (l.tenant_id, l.user_id))::int as other
  ) same cross join lateral (
    select l.counted and same.other = 0 as counted, not exists (select from in_engine e
      where e.active > 0 and e.tenant_id = next.tenant_id and e.user_id = next.user_id) as is_first
  ) of_owner cross join lateral (
    select case
      when of_owner.is_first then least(cap.room, g.free + 1)
      when l.eligible - of_owner.counted::int < g.free then least(cap.room, g.free)
      else 0 end as room
  ) lane cross join lateral (
    select (lane.room > 0 and not of_owner.counted)::int as more
  ) counts
  where l.eligible < g.places and l.step < ${MAX_LANES}
), candidates as (
  select of_lane.job_no, l.turn, l.caps, l.rooms, l.is_first,
    row_number() over (partition by l.turn order by of_lane.nth, of_lane.priority, of_lane.job_no) as nth
  from lanes l cross join lateral (
    select first.*, row_number() over (order by first.priority, first.job_no) as nth from (
      select j.job_no, j.priority from pantry_queue.jobs j
      where ${WAITS} and j.tenant_id = l.tenant_id and j.user_id = l.user_id and j.kind = l.kind
      -- Each other owner has one before this one has two.
      order by j.priority, j.job_no limit least(l.room, (select places from gate) - (select max(eligible) - 1 from lanes))) first
  ) of_lane
  where l.room > 0
), beyond as (
  -- Lanes that share a cap have its room together.
  select job_no from (
    select c.job_no, k.room, row_number() over (partition by k.cap_no order by c.nth, c.turn) as nth
    from candidates c cross join lateral unnest(c.caps, c.rooms) as k (cap_no, room)) of_cap
  where nth > room
), in_turn as (
  select job_no, is_first and nth = 1 as is_first, row_number() over (order by nth, turn) as nth from candidates
  where job_no <> all (array(select job_no from beyond))
), chosen as (
  select job_no, nth,
    is_first and row_number() over (partition by is_first order by nth) <= (select passing from gate)
      and exists (select from open_jobs where waits) as passes
  from in_turn
  where is_first or nth <= (select free from gate) order by nth limit (select places from gate)
), admitted as (
  update pantry_queue.jobs j set status = 'queued', phase = 'worker', admitted_at = now(), start_claimed_at = now()
  -- Keys as a list, and one expression instead of two columns, so that the planner fetches these few rows by their key
  -- and does not read the whole backlog.
  where j.job_no = any (array(select job_no from chosen))
    and pantry_queue.state_of(j.status, j.phase) = 'queued/admission'
  returning j.*
), recorded as (
  ${recordEvent('admitted', 'admitted')}
), turned as (
  update pantry_queue.queue_state q set turn_tenant = t.tenant_id, turn_user = t.user_id
  from (
    (select a.tenant_id, a.user_id from admitted a join chosen using (job_no) order by chosen.nth desc limit 1)
    union all
    (select tenant_id, user_id from lanes where step = ${MAX_LANES})
    limit 1) t
)
select ${RUN_COLUMNS}, chosen.passes from admitted join chosen using (job_no) order by chosen.nth`;

/**
 * Lets waiting jobs into the engine's window.
 * @param limit how many are let in at most
 * @returns what the caller must start now; empty when another gate is admitting, or nothing waits, or no room is left
 */
export function admit(db: Db, limit: number): Promise<AdmittedRun[]> {
  return db.transaction(async (tx) => {
    const [lock] = await tx.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [ADMISSION_LOCK]);
    if (!lock?.mine) return [];
    const values = [GATE.maxWindow, GATE.minWindow, GATE.windowPerSlot, limit, db.kinds.names];
    const rows = await tx.query<AdmittedRow>(ADMIT, values);
    return rows.map(admittedRun);
  });
}
