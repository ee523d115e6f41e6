-- The caps that hold for the jobs of one owner and kind: three probes of an index, however many caps there are. The planner
-- takes it into the statement that calls it.
create or replace function pantry_queue.caps_of(tenant text, owner bigint, job_kind text) returns setof pantry_queue.caps
language sql stable parallel safe rows 2 as $$
  select c.* from pantry_queue.caps c
  where c.tenant_id = tenant and c.user_id = owner and (c.kind is null or c.kind = job_kind)
  union all
  select c.* from pantry_queue.caps c
  where c.tenant_id = tenant and c.user_id is null and (c.kind is null or c.kind = job_kind)
  union all
  select c.* from pantry_queue.caps c
  where c.tenant_id is null and (c.user_id is null or c.user_id = owner) and (c.kind is null or c.kind = job_kind)
$$;

-- The lowest cap that a job has reached, as a document; null when none is. Jobs in flight are counted only where a cap is
-- no higher than what is open in the engine. Its statement is not taken into the one that calls it, which asks only where
-- there are caps: others do not pay for the start of all of it.
create or replace function pantry_queue.reached_cap(tenant text, owner bigint, job_kind text, open_jobs integer)
returns json language plpgsql stable parallel safe as $$
begin
  return (
    select json_build_object('in_flight', c.in_flight, 'user_id', c.user_id, 'kind', c.kind, 'reason', c.reason,
      'set_by', c.set_by, 'since', c.since, 'note', c.note)
    from pantry_queue.caps_of(tenant, owner, job_kind) c
    where case when c.in_flight = 0 then true when c.in_flight <= open_jobs then c.in_flight <= (
      select count(*) from pantry_queue.jobs a
      where a.in_engine and a.active and (c.tenant_id is null or a.tenant_id = c.tenant_id)
        and (c.user_id is null or a.user_id = c.user_id) and (c.kind is null or a.kind = c.kind)) else false end
    order by c.in_flight, c.since limit 1);
end $$;
