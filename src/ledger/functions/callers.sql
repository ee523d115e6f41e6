-- The tenant for which this session may queue and insert receipts: the one it asks for (`set pantry_queue.tenant`) where
-- its role may use it, else its only one. Null where it may not use that one, or must say which.
create or replace function pantry_queue.session_tenant() returns text language sql stable as $$
  select case
    -- A role that may write the jobs anyway is the queue itself.
    when has_table_privilege(session_user, 'pantry_queue.jobs', 'INSERT') then coalesce(s.asked, 'default')
    when s.asked is null and cardinality(s.allowed) = 1 then s.allowed[1]
    when s.asked = any (s.allowed) then s.asked end
  from (
    select nullif(current_setting('pantry_queue.tenant', true), '') as asked,
      coalesce((
        select array_agg(distinct c.tenant_id) from pantry_queue.sql_callers c
        join pg_catalog.pg_roles r on r.rolname = c.role_name
        where pg_has_role(session_user, r.oid, 'MEMBER')), array['default']) as allowed
  ) s
$$;
