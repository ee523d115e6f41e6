-- Limits of what is accepted: `queued` and `per_minute` of the rows of caps. Jobs are counted from the counters; what was
-- accepted in the minute is kept in the row of the cap. Its lock makes the numbers exact: anyone who is accepted under a cap
-- changes its row, so callers of one scope go one after the other, and a transaction that reads an old snapshot fails.

-- Jobs that wait: accepted, not ended, and no call of the agent is running. A CASE, not coalesce(), which row-level security
-- takes for a leak: it would be no condition of the index, and the rows of all owners were read.
create or replace function pantry_queue.waiting_in(tenant text, owner bigint) returns bigint
language sql stable parallel safe as $$
  select coalesce(sum(n), 0)::bigint from (
    select c.n from pantry_queue.counters c
    where c.tenant_id = tenant and c.user_id = case when owner is null then 0 else owner end and c.status in ('queued', 'scheduled', 'deferred')
    union all
    select a.n from pantry_queue.arrivals a
    where a.tenant_id = tenant and (owner is null or a.user_id = owner) and a.status in ('queued', 'scheduled', 'deferred')
  ) counted
$$;

-- How many more jobs a cap accepts now; null where it has no such number. A minute begins with the first job after the
-- last one is over.
create or replace function pantry_queue.enqueue_room(
  cap pantry_queue.caps, out queue_room bigint, out minute_room bigint, out minute_is_over boolean)
language sql volatile as $$
  select cap.queued - case when cap.queued is null then null else pantry_queue.waiting_in(cap.tenant_id, cap.user_id) end,
    cap.per_minute - case when over.has_ended then 0 else cap.minute_used end, over.has_ended
  from (select coalesce(not clock_timestamp() between cap.minute_began and cap.minute_began + interval '1 minute', true)) over (has_ended)
$$;

-- Locks the caps that limit how many jobs of these owners are accepted, until the transaction ends. A statement of its own:
-- the next one sees what those have committed for whom this one waited. False where there are none.
create or replace function pantry_queue.lock_limits(job_kind text, tenants text[], owners bigint[]) returns boolean
language plpgsql as $$
begin
  perform from pantry_queue.caps l
  where l.cap_no = any (array(
    select c.cap_no
    from (select distinct tenant, owner from unnest(tenants, owners) o (tenant, owner)) o
    cross join lateral pantry_queue.caps_of(o.tenant, o.owner, job_kind) c
    where c.queued is not null or c.per_minute is not null))
  order by l.cap_no for no key update;
  return found;
end $$;

-- Which of these new jobs find no room, and which limit refuses each. The others are counted in the minutes of their caps.
-- @param places of the jobs in their call, in the order in which they take the room
-- @param whole all of them or none
create or replace function pantry_queue.take_room(
  job_kind text, places bigint[], tenants text[], owners bigint[], whole boolean)
returns table (place bigint, verdict text) language plpgsql as $$
#variable_conflict use_column
begin
  return query
  with covered as materialized (
    select o.tenant, o.owner, c.cap_no
    from (select distinct tenant, owner from unnest(tenants, owners) o (tenant, owner)) o
    cross join lateral pantry_queue.caps_of(o.tenant, o.owner, job_kind) c
    where c.queued is not null or c.per_minute is not null
  ), rooms as materialized (
    select c.cap_no, r.* from pantry_queue.caps c cross join lateral pantry_queue.enqueue_room(c) r
    where c.cap_no = any (array(select cap_no from covered))
  ), counted as materialized (
    select n.place, r.cap_no, r.queue_room, r.minute_room, row_number() over (partition by r.cap_no order by n.nth) as nth
    from unnest(places, tenants, owners) with ordinality n (place, tenant, owner, nth)
    join covered c on c.tenant = n.tenant and c.owner = n.owner join rooms r using (cap_no)
  ), refused as materialized (
    select place, case when bool_or(nth > queue_room) then 'queue_full' else 'rate_limited' end as verdict
    from counted where nth > least(queue_room, minute_room) group by place
  ), taken as (
    select cap_no, count(*)::int as n from counted
    where place not in (select place from refused) and not (whole and exists (select from refused)) group by cap_no
  ), kept as (
    update pantry_queue.caps c set
      minute_began = case when r.minute_is_over then clock_timestamp() else c.minute_began end,
      minute_used = case when r.minute_is_over then 0 else c.minute_used end + t.n
    from taken t join rooms r using (cap_no) where c.cap_no = t.cap_no
  )
  select place, verdict from refused order by place;
end $$;

-- The limit that refuses new jobs of this owner now, as a document; null when none does.
-- @param of_owner how many they are, and in_all with those of other owners in the same call
create or replace function pantry_queue.refusing_limit(
  tenant text, owner bigint, job_kind text, of_owner bigint, in_all bigint)
returns json language plpgsql volatile as $$
begin
  if tenant is null or not exists (
    select from pantry_queue.caps c where c.tenant_id = tenant and (c.queued is not null or c.per_minute is not null))
  then return null; end if;
  return (
    select json_build_object('code', l.code, 'user_id', c.user_id, 'kind', c.kind, 'limit', l.most,
      'asked', a.asked, 'room', greatest(0, l.room), 'reset_s', case
        -- Lifted by the operator who set it, and only then.
        when l.most = 0 then 60
        when l.code = 'rate_limited' then
          case when r.minute_is_over then 0 else ceil(extract(epoch from c.minute_began + interval '1 minute' - clock_timestamp())) end
        -- As long as the live slots take for so many jobs.
        else coalesce(ceil((a.asked - l.room) * q.avg_run_ms / 1000.0 / nullif(q.agent_slots, 0)), 60) end::int)
    from pantry_queue.caps_of(tenant, owner, job_kind) c cross join pantry_queue.queue_state q
    cross join lateral pantry_queue.enqueue_room(c) r
    cross join lateral (values ('queue_full', c.queued, r.queue_room), ('rate_limited', c.per_minute, r.minute_room)) l (code, most, room)
    cross join lateral (select case when c.user_id is null then in_all else of_owner end as asked) a
    where l.room < a.asked order by l.room, l.code limit 1);
end $$;

-- Does nothing where there is no limit.
create or replace function pantry_queue.refuse_by_limit(refusing json) returns void language plpgsql as $$
begin
  if refusing is null then return; end if;
  raise exception using errcode = 'PQ429', detail = refusing ->> 'code',
    message = format(
      case refusing ->> 'code' when 'queue_full' then 'At most %s jobs of %s may wait; %s more fit.'
        else 'At most %s jobs of %s are accepted in a minute; %s more fit.' end,
      refusing ->> 'limit', coalesce('user ' || (refusing ->> 'user_id'), 'the tenant'), refusing ->> 'room'),
    hint = format('Nothing was accepted. Try again in %s s, in a new transaction.', refusing ->> 'reset_s');
end $$;
