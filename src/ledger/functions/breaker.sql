-- The cap of the breaker; no row while it is closed. It holds for all tenants, since one agent serves them all.
create or replace view pantry_queue.open_breaker with (security_invoker = true) as
select c.* from pantry_queue.caps c
where c.tenant_id is null and c.user_id is null and c.kind is null
  and c.reason in ('agent_unreachable', 'agent_rate_limited', 'images_unreachable', 'same_error');

-- Anyone who asks for it may have the agent tried at once, except where the agent itself said when it may be asked again.
create or replace function pantry_queue.try_agent_now() returns boolean language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from pantry_queue.open_breaker where in_flight = 0 and reason <> 'agent_rate_limited') then
    return false;
  end if;
  update pantry_queue.breaker set next_probe_at = now();
  return true;
end $$;
