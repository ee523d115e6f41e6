import type { Queryable } from '../../../src/ledger/connection/queryable.ts';
import type { Db } from '../../../src/ledger/db.ts';

interface Column {
  readonly name: string;
  readonly type: string;
  /** The first value that a CHECK of the column names. */
  readonly allowed: string | null;
}

const TENANT_TABLES = `
select c.relname::text as name, array(
  select json_build_object('name', a.attname, 'type', t.typname, 'allowed', (
    select substring(pg_get_constraintdef(k.oid) from $$(?:'|ARRAY\\[)([^',\\]]+)$$) from pg_constraint k
    where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]))
  from pg_attribute a join pg_type t on t.oid = a.atttypid
  where a.attrelid = c.oid and a.attnum > 0 and a.attgenerated = '' and a.attidentity = '' and a.attname <> 'tenant_id'
    and not a.attisdropped and (a.attnotnull and not a.atthasdef or a.attname = 'phase')) as columns
from pg_class c
where c.relnamespace = 'pantry_queue'::regnamespace and c.relkind in ('r', 'p')
  and exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id')
order by 1`;

export interface TenantTable {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** Every table of ours with a tenant, as the catalog has it, with what an insert must give. */
export function tenantTables(db: Db): Promise<TenantTable[]> {
  return db.query<{ name: string; columns: Column[] }>(TENANT_TABLES);
}

/** Other states are none that a job may begin in. */
const FIRST_STATE: Readonly<Record<string, string>> = { status: 'queued', phase: 'admission' };

function literal({ name, type, allowed }: Column, seed: number): string {
  if (allowed !== null) return `'${allowed}'`;
  if (Object.hasOwn(FIRST_STATE, name)) return `'${FIRST_STATE[name]}'`;
  switch (type) {
    case 'int2':
    case 'int4':
    case 'int8':
    case 'numeric':
      return String(seed);
    case 'text':
    case 'name':
    case 'varchar':
      return `'row ${seed}'`;
    case 'bool':
      return 'false';
    case 'bytea':
      return `'\\x00'`;
    case 'jsonb':
    case '_text':
      return `'{}'`;
    case 'xid8':
      return `'0'`;
    case 'uuid':
      return `'00000000-0000-0000-0000-${String(seed).padStart(12, '0')}'`;
    case 'timestamptz':
      return 'now()';
    case 'date':
      return 'current_date';
    default:
      throw new Error(`no value for column ${name} of type ${type}: give it one here`);
  }
}

/** An insert of a row that every constraint allows; each seed gives another key. */
export function insertOf({ name, columns }: TenantTable, tenant: string, seed: number): string {
  const names = ['tenant_id', ...columns.map((column) => `"${column.name}"`)];
  const values = [`'${tenant}'`, ...columns.map((column) => literal(column, seed))];
  return `insert into pantry_queue.${name} (${names}) values (${values})`;
}

/** Puts a row of each tenant into each table, past triggers and foreign keys: only the row's tenant matters here. */
export async function fillTenantTables(db: Db, tables: readonly TenantTable[], tenants: readonly string[]) {
  await db.transaction(async (tx) => {
    await tx.execute(`set local session_replication_role = 'replica'`);
    for (const table of tables) {
      for (const [nth, tenant] of tenants.entries()) await tx.execute(insertOf(table, tenant, 900 + nth));
    }
  });
}

/** All rows of a table, in an order of their own. */
export async function rowsOf(db: Queryable, name: string, where = 'true'): Promise<unknown[]> {
  const rows = await db.query<{ row: unknown }>(
    `select to_jsonb(t) as row from pantry_queue.${name} t where ${where} order by to_jsonb(t)::text`,
  );
  return rows.map(({ row }) => row);
}
