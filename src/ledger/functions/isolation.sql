-- One tenant's rows for each request: the owner of the tables sees all of them, the gate role too, and the request role
-- only those of the session's tenant. docs/operations.md describes the three; docs/adr/0009 says why.

-- The role of a part ('gate' or 'request'): the one that the policies name, else the one that is to be made. Roles are
-- the cluster's, so each database has its own; a copy of a database keeps those of its original.
create or replace function pantry_queue.role_of(part text) returns text language sql stable
set search_path = pg_catalog, pg_temp as $$
  select coalesce(
    (select r.rolname from pg_policy p join pg_roles r on r.oid = any (p.polroles)
     where p.polrelid = 'pantry_queue.jobs'::regclass
       and p.polname = case part when 'request' then 'own_tenant' else 'all_tenants' end),
    'pantry_queue_' || part || '_' ||
      case when octet_length(current_database()) <= 40 then current_database() else md5(current_database()) end)
$$;

create or replace function pantry_queue.may_become(login name, role name) returns boolean language sql stable
set search_path = pg_catalog, pg_temp as $$
  select pg_has_role(login, role, case when current_setting('server_version_num')::int < 160000 then 'MEMBER' else 'SET' end)
$$;

-- Every table of ours whose rows belong to a tenant.
create or replace view pantry_queue.tenant_tables as
select c.oid as id, c.oid::regclass as name, c.relrowsecurity as row_security,
  (select p.polroles from pg_policy p where p.polrelid = c.oid and p.polname = 'all_tenants') as all_tenants,
  (select p.polroles from pg_policy p where p.polrelid = c.oid and p.polname = 'own_tenant') as own_tenant,
  -- A row without a tenant holds for all of them.
  (select not a.attnotnull from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') as has_common_rows
from pg_class c
where c.relnamespace = 'pantry_queue'::regnamespace and c.relkind in ('r', 'p')
  and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped);

-- What keeps this login's requests from being isolated; nothing when they are.
create or replace function pantry_queue.lacking_isolation() returns setof text language sql stable
set search_path = pg_catalog, pg_temp as $$
  with request as materialized (
    select pantry_queue.role_of('request')::name as name, to_regrole(quote_ident(pantry_queue.role_of('request'))) as id
  ), lacking as (
    select 1 as nth, format('there is no role %I', name) as what from request where id is null
    union all
    select 2, format('role %I may not become %I', session_user, name)
    from request where id is not null and not pantry_queue.may_become(session_user, name)
    union all
    select 3, format('table %s has no policy for role %I', t.name, r.name)
    from pantry_queue.tenant_tables t cross join request r
    where r.id is not null and not (t.row_security and t.own_tenant is not distinct from array[r.id::oid])
    union all
    select 4, format('role %I may not %s on %s', r.name, string_agg(p, ', '), c.oid::regclass)
    from request r cross join pg_class c cross join unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) p
    where c.relnamespace = 'public'::regnamespace and c.relname in ('receipts', 'receipt_items')
      and has_table_privilege(c.oid, p) and r.id is not null and not has_table_privilege(r.id, c.oid, p)
    group by r.name, c.oid
    union all
    select 5, format('role %I may not use schema public', r.name)
    from request r where r.id is not null and not has_schema_privilege(r.id, 'public', 'USAGE')
      and has_schema_privilege('public', 'USAGE')
  )
  select what from lacking order by nth, what
$$;

-- The role that this login's requests run under; null where they cannot be isolated.
create or replace function pantry_queue.request_role() returns text language sql stable
set search_path = pg_catalog, pg_temp as $$
  select case when not exists (select from pantry_queue.lacking_isolation()) then pantry_queue.role_of('request') end
$$;

-- Makes the two roles where the caller may, and brings row-level security, policies and grants to what they should be.
-- What stands already is left alone, so it may run beside a queue at work.
-- @param login the role in DATABASE_URL
create or replace function pantry_queue.isolate(login name default session_user) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  gate name := pantry_queue.role_of('gate');
  request name := pantry_queue.role_of('request');
  role name;
  everybody text;
  t record;
begin
  if (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) then
    foreach role in array array[gate, request] loop
      continue when to_regrole(quote_ident(role)) is not null;
      begin
        execute format('create role %I nologin', role);
      exception when duplicate_object or unique_violation then
        -- Another copy of this database was first.
      end;
    end loop;
  end if;

  -- Until there is a gate role, every role that was granted the tables sees all of them.
  everybody := coalesce(to_regrole(quote_ident(gate))::text, 'public');
  for t in select * from pantry_queue.tenant_tables loop
    if not t.row_security then
      execute format('alter table %s enable row level security', t.name);
    end if;
    if t.all_tenants is null then
      execute format('create policy all_tenants on %s to %s using (true)', t.name, everybody);
    elsif t.all_tenants <> array[coalesce(to_regrole(quote_ident(gate))::oid, 0)] then
      execute format('alter policy all_tenants on %s to %s', t.name, everybody);
    end if;
    if t.own_tenant is null and to_regrole(quote_ident(request)) is not null then
      -- In a sub-select, which is evaluated once a statement and not for each row. As a case, whose odds the planner takes
      -- as even: a plain comparison it takes for so rare that it would sort all of a list to find one page.
      execute format('create policy own_tenant on %s to %I using (
        case when tenant_id = (select current_setting(%L, true)) then true else false end)',
        t.name, request, 'pantry_queue.tenant');
      if t.has_common_rows then
        execute format('create policy of_all_tenants on %s for select to %I using (tenant_id is null)', t.name, request);
      end if;
    end if;
  end loop;

  revoke execute on all functions in schema pantry_queue from public;
  foreach role in array array[gate, request] loop
    continue when to_regrole(quote_ident(role)) is null;
    execute format('grant usage on schema pantry_queue to %I', role);
    execute format('grant execute on all functions in schema pantry_queue to %I', role);
    execute format('grant select on all tables in schema pantry_queue to %I', role);
    perform pantry_queue.share_receipts(role);
    if not pantry_queue.may_become(login, role)
      and (role = request or not pg_has_role(login, (select relowner from pg_class where oid = 'pantry_queue.jobs'::regclass), 'USAGE'))
    then
      begin
        execute format('grant %I to %I', role, login);
      exception when insufficient_privilege then
        -- `lacking_isolation` says so.
      end;
    end if;
  end loop;
  if to_regrole(quote_ident(gate)) is not null then
    execute format('grant insert, update, delete on all tables in schema pantry_queue to %I', gate);
  end if;
  if to_regrole(quote_ident(request)) is not null then
    for t in select * from pantry_queue.tenant_tables where id not in ('pantry_queue.sql_callers'::regclass, 'pantry_queue.audit'::regclass) loop
      execute format('grant insert, update, delete on %s to %I', t.name, request);
    end loop;
  end if;
end $$;

-- The replaced system's tables are not ours: a role gets what the caller may hand on of what it has there.
create or replace function pantry_queue.share_receipts(role name) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  t record;
begin
  if has_schema_privilege('public', 'USAGE WITH GRANT OPTION') and not has_schema_privilege(role, 'public', 'USAGE') then
    execute format('grant usage on schema public to %I', role);
  end if;
  for t in
    select c.oid, c.oid::regclass as name, p.name as privilege, pg_get_serial_sequence('public.' || c.relname, 'id') as ids
    from pg_class c cross join unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) p (name)
    where c.relnamespace = 'public'::regnamespace and c.relname in ('receipts', 'receipt_items')
      and has_table_privilege(c.oid, p.name || ' WITH GRANT OPTION')
  loop
    if not has_table_privilege(role, t.oid, t.privilege) then
      execute format('grant %s on %s to %I', t.privilege, t.name, role);
    end if;
    if has_sequence_privilege(t.ids, 'USAGE WITH GRANT OPTION') and not has_sequence_privilege(role, t.ids, 'USAGE') then
      execute format('grant usage on sequence %s to %I', t.ids, role);
    end if;
  end loop;
end $$;
