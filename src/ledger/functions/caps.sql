-- The caps that hold for the jobs of one owner and kind: two probes of an index, however many caps there are. The planner
-- takes it into the statement that calls it.
create or replace function pantry_queue.caps_of(tenant text, owner bigint, job_kind text) returns setof pantry_queue.caps
language sql stable parallel safe rows 2 as $$
  select c.* from pantry_queue.caps c
  where c.tenant_id = tenant and c.user_id = owner and (c.kind is null or c.kind = job_kind)
  union all
  select c.* from pantry_queue.caps c
  where c.tenant_id = tenant and c.user_id is null and (c.kind is null or c.kind = job_kind)
$$;
