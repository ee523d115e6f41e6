import type { Queryable } from './queryable.ts';

/** What the catalog says of the replaced system's two tables, where they stand. */
export type AdoptedTable = {
  name: string;
  /** r table, p partitioned, v view, … */
  kind: string;
  /** Rights on the whole table that this role does not have. */
  missing_rights: string[];
  row_security: boolean;
  /** Is `id` alone a key that is checked at once? Our own tables refer to it. */
  id_is_key: boolean;
};

const TABLES = `
select c.relname::text as name, c.relkind::text as kind, row_security_active(c.oid) as row_security,
  array(select p from unnest('{SELECT,INSERT,UPDATE,DELETE,REFERENCES,TRIGGER}'::text[]) p
        where not has_table_privilege(c.oid, p)) as missing_rights,
  exists (
    select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where i.indrelid = c.oid and i.indisunique and i.indimmediate and i.indnkeyatts = 1 and i.indpred is null
      and a.attname = 'id'
  ) as id_is_key
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname in ('receipts', 'receipt_items')`;

export type AdoptedColumn = {
  table: string;
  column: string;
  /** As SQL writes it: `character varying(3)`. */
  type: string;
  /** The type below a domain, without its length. */
  base: string;
  not_null: boolean;
  /** A default, an identity or a generated value. */
  fills_itself: boolean;
  /** Nobody may give a value. */
  fixed: boolean;
  is_identity: boolean;
  /** Characters, or null where there is no limit. */
  width: number | null;
  /** Digits before the decimal point, or null where there is no limit. */
  digits: number | null;
  labels: string[] | null;
};

const COLUMNS = `
select c.relname::text as "table", a.attname::text as "column", format_type(a.atttypid, a.atttypmod) as type,
  b.typname::text as base, a.attnotnull or t.typnotnull as not_null,
  a.attgenerated <> '' or a.attidentity = 'a' as fixed, a.attidentity <> '' as is_identity,
  a.atthasdef or a.attidentity <> '' or a.attgenerated <> '' or t.typdefault is not null as fills_itself,
  case when b.typname in ('varchar', 'bpchar') and m.mod >= 4 then m.mod - 4 end as width,
  case when b.typname = 'numeric' and m.mod >= 4
    then ((m.mod - 4) >> 16 & 65535) - (((m.mod - 4) & 2047) # 1024) + 1024 end as digits,
  case when b.typtype = 'e' then array(
    select enumlabel::text from pg_enum where enumtypid = b.oid order by enumsortorder) end as labels
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid join pg_type b on b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
cross join lateral (select case when t.typtype = 'd' then t.typtypmod else a.atttypmod end as mod) m
where c.relnamespace = 'public'::regnamespace and c.relname in ('receipts', 'receipt_items')
order by c.relname, a.attnum`;

export type AdoptedRule = {
  table: string;
  name: string;
  kind: 'check' | 'foreign key' | 'unique index' | 'trigger' | 'rule';
  definition: string;
};

/** Rules of the installation's own: constraints, also of domains, unique indexes, rules, and triggers that are not ours. */
const RULES = `
with tables as (
  select oid, relname from pg_class
  where relnamespace = 'public'::regnamespace and relname in ('receipts', 'receipt_items')
)
select t.relname::text as "table", k.conname::text as name,
  case k.contype when 'f' then 'foreign key' else 'check' end as kind, pg_get_constraintdef(k.oid) as definition
from tables t join pg_constraint k 
  on k.conrelid = t.oid and (k.contype in ('c', 'x') or (k.contype = 'f' and k.confrelid <> to_regclass('public.receipts')))
union all
select t.relname, k.conname, 'check', a.attname || ' ' || pg_get_constraintdef(k.oid)
from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
join pg_constraint k on k.contypid = a.atttypid and k.contype = 'c'
union all
select t.relname, r.rulename, 'rule', regexp_replace(pg_get_ruledef(r.oid), '\\s+', ' ', 'g')
from tables t join pg_rewrite r on r.ev_class = t.oid and r.ev_type <> '1' and r.ev_enabled <> 'D'
union all
select t.relname, i.relname, 'unique index', pg_get_indexdef(x.indexrelid)
from tables t join pg_index x on x.indrelid = t.oid and x.indisunique join pg_class i on i.oid = x.indexrelid
left join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
where not x.indisprimary and (x.indnkeyatts > 1 or a.attname is distinct from 'id')
union all
select t.relname, g.tgname, 'trigger', pg_get_triggerdef(g.oid)
from tables t join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal and g.tgenabled <> 'D'
join pg_proc f on f.oid = g.tgfoid and f.pronamespace is distinct from to_regnamespace('pantry_queue')
order by 1, 2`;

/** A row that our own tables could not point to, or that has nothing to read. */
export type AdoptedRows = { highest_id: string | null; without_image: number };

const ROWS = `
select (select max(id)::text from public.receipts) as highest_id,
  (select count(*)::int from (select from public.receipts where image_path is null limit 1000) r) as without_image`;

export type Session = {
  role: string;
  zone: string;
  encoding: string;
  version: number;
  /** False: `session_replication_role` is `replica`, which turns triggers off. */
  triggers: boolean;
};

/** The zone that other sessions of this database run in: ours is UTC. */
const SESSION = `
select current_user::text as role, current_setting('server_version_num')::int as version,
  current_setting('session_replication_role') <> 'replica' as triggers,
  pg_encoding_to_char(d.encoding)::text as encoding,
  (select reset_val from pg_settings where name = 'TimeZone') as zone
from pg_database d where d.datname = current_database()`;

export const catalog = {
  tables: (db: Queryable) => db.query<AdoptedTable>(TABLES),
  columns: (db: Queryable) => db.query<AdoptedColumn>(COLUMNS),
  rules: (db: Queryable) => db.query<AdoptedRule>(RULES),
  rows: async (db: Queryable) => (await db.query<AdoptedRows>(ROWS))[0],
  async session(db: Queryable): Promise<Session> {
    const [row] = await db.query<Session>(SESSION);
    if (!row) throw new Error('the database has no name');
    return row;
  },
};
