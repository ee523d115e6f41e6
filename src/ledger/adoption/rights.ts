import type { Queryable } from '../connection/queryable.ts';

const TO_CREATE = `
select array_remove(array[
  case when s.oid is null and not has_database_privilege(current_database(), 'CREATE')
    then format('grant create on database %I to %I;', current_database(), current_user) end,
  case when s.oid is not null and not has_schema_privilege(s.oid, 'USAGE, CREATE')
    then format('grant usage, create on schema pantry_queue to %I;', current_user) end,
  case when not has_schema_privilege('public', 'USAGE')
    then format('grant usage on schema public to %I;', current_user) end,
  case when (to_regclass('public.receipts') is null or to_regclass('public.receipt_items') is null)
      and not has_schema_privilege('public', 'CREATE')
    then format('grant create on schema public to %I;', current_user) end
], null) as grants
from (select) one left join pg_namespace s on s.nspname = 'pantry_queue'`;

/** @returns statements that would give this role what making the queue's tables needs */
export async function lackingToCreate(db: Queryable): Promise<string[]> {
  const [row] = await db.query<{ grants: string[] }>(TO_CREATE);
  return row?.grants ?? [];
}

/** Where there is a gate role, it has all that is asked for here but the sequences. */
const TO_USE = `
with gate as (
  select format('grant %I to %I;', r.rolname, current_user) as statement, r.oid, p.polrelid
  from pg_policy p join pg_roles r on r.oid = any (p.polroles) join pg_class c on c.oid = p.polrelid
  join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'pantry_queue'
  where p.polname = 'all_tenants' and c.relname = 'jobs'
)
select distinct statement from (
  select statement from gate where row_security_active(polrelid) and not pg_has_role(oid, 'USAGE')
  union all
  select coalesce((select statement from gate), format('grant usage on schema pantry_queue to %I;', current_user))
  from pg_namespace where nspname = 'pantry_queue' and not has_schema_privilege(oid, 'USAGE')
  union all
  select coalesce((select statement from gate),
    format('grant select, insert, update, delete on all tables in schema pantry_queue to %I;', current_user))
  from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'pantry_queue'
  cross join unnest(case c.relkind when 'r' then '{SELECT,INSERT,UPDATE,DELETE}'::text[] else '{SELECT}' end) p
  where c.relkind in ('r', 'v') and not has_table_privilege(c.oid, p)
    and ($1::text[] is null or (c.relname = any ($1) and p = 'SELECT'))
  union all
  select coalesce((select statement from gate),
    format('grant execute on all functions in schema pantry_queue to %I;', current_user))
  from pg_proc f join pg_namespace n on n.oid = f.pronamespace and n.nspname = 'pantry_queue'
  where $1::text[] is null and not has_function_privilege(f.oid, 'EXECUTE')
  union all
  select format('grant usage on sequence %s to %I;', s.seq, current_user)
  from (select pg_get_serial_sequence('public.' || c.relname, 'id') as seq from pg_class c
        where $1::text[] is null and c.relnamespace = 'public'::regnamespace
          and c.relname in ('receipts', 'receipt_items') and has_table_privilege(c.oid, 'INSERT')
          and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'id')) s
  where not has_sequence_privilege(s.seq, 'USAGE')
) missing order by 1`;

/**
 * @param only the right to read these tables; default: all that the running queue does
 * @returns statements that would give this role what using the queue's tables needs
 */
export async function lackingToUse(db: Queryable, only?: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ statement: string }>(TO_USE, [only ?? null]);
  return rows.map(({ statement }) => statement);
}
