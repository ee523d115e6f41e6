import { MAX_ID } from '../../contract/job.ts';
import type { Queryable } from '../connection/queryable.ts';

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
  /** A crash of the server empties it. */
  unlogged: boolean;
  /** By which it is partitioned; null where it is not. */
  partitioned_by: string | null;
  /** Tables whose rows this one shows, and no key of it covers. */
  heirs: string[];
  /** A publication refuses its changes: it says no key by which a subscriber finds a row. */
  unidentified: boolean;
};

const TABLES = `
select c.relname::text as name, c.relkind::text as kind, row_security_active(c.oid) as row_security,
  array(select p from unnest('{SELECT,INSERT,UPDATE,DELETE,REFERENCES,TRIGGER}'::text[]) p
        where not has_table_privilege(c.oid, p)) as missing_rights,
  exists (
    select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where i.indrelid = c.oid and i.indisunique and i.indimmediate and i.indnkeyatts = 1 and i.indpred is null
      and a.attname = 'id'
  ) as id_is_key,
  c.relpersistence = 'u' as unlogged,
  case c.relkind when 'p' then pg_get_partkeydef(c.oid) end as partitioned_by,
  case c.relkind when 'r' then array(select h.inhrelid::regclass::text from pg_inherits h where h.inhparent = c.oid order by 1)
    else '{}' end as heirs,
  exists (select from pg_publication_tables t join pg_publication p on p.pubname = t.pubname and (p.pubupdate or p.pubdelete)
      where t.schemaname = 'public' and t.tablename = c.relname)
    and (c.relreplident = 'n' or (c.relreplident = 'd'
      and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary))) as unidentified
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname in ('receipts', 'receipt_items')`;

/**
 * SQL: of a column `a`, what its type stands on: domains may stand on domains, any of which may have a length or refuse
 * to be empty.
 */
export const BASE_TYPE = `
  with recursive below as (
    select b.oid, b.typtype, b.typbasetype, b.typtypmod, b.typnotnull, a.atttypmod as modifier, 1 as depth
    from pg_type b where b.oid = a.atttypid
    union all
    select b.oid, b.typtype, b.typbasetype, b.typtypmod, b.typnotnull, greatest(l.modifier, l.typtypmod), l.depth + 1
    from below l join pg_type b on l.typtype = 'd' and b.oid = l.typbasetype
  )
  select (array_agg(oid order by depth desc))[1] as base, max(modifier) as modifier, bool_or(typnotnull) as not_null,
    array_agg(oid) as types
  from below`;

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
  /** Its collation takes different texts for the same. */
  alike: boolean;
};

const COLUMNS = `
select c.relname::text as "table", a.attname::text as "column", format_type(a.atttypid, a.atttypmod) as type,
  b.typname::text as base, a.attnotnull or d.not_null as not_null,
  a.attgenerated <> '' or a.attidentity = 'a' as fixed, a.attidentity <> '' as is_identity,
  a.atthasdef or a.attidentity <> '' or a.attgenerated <> '' or t.typdefault is not null as fills_itself,
  case when b.typname in ('varchar', 'bpchar') and d.modifier >= 4 then d.modifier - 4 end as width,
  case when b.typname = 'numeric' and d.modifier >= 4
    then ((d.modifier - 4) >> 16 & 65535) - (((d.modifier - 4) & 2047) # 1024) + 1024 end as digits,
  case when b.typtype = 'e' then array(
    select enumlabel::text from pg_enum where enumtypid = b.oid order by enumsortorder) end as labels,
  exists (select from pg_collation l where l.oid = a.attcollation and not l.collisdeterministic) as alike
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid cross join lateral (${BASE_TYPE}) d join pg_type b on b.oid = d.base
where c.relnamespace = 'public'::regnamespace and c.relname in ('receipts', 'receipt_items')
order by c.relname, a.attnum`;

export type AdoptedRule = {
  table: string;
  name: string;
  kind: 'check' | 'foreign key' | 'unique index' | 'trigger' | 'rule';
  definition: string;
  /** It stands in the way of every save. */
  stops_saves: boolean;
};

/** Rules of the installation's own: constraints, also of domains, unique indexes, rules, and triggers that are not ours. */
const RULES = `
with tables as (
  select oid, relname from pg_class
  where relnamespace = 'public'::regnamespace and relname in ('receipts', 'receipt_items')
)
select t.relname::text as "table", k.conname::text as name,
  case k.contype when 'f' then 'foreign key' else 'check' end as kind, pg_get_constraintdef(k.oid) as definition,
  false as stops_saves
from tables t join pg_constraint k
  on k.conrelid = t.oid and k.conparentid = 0 and (k.contype in ('c', 'x') or (k.contype = 'f' and k.confrelid <> to_regclass('public.receipts')))
union all
select t.relname, k.conname, 'check', a.attname || ' ' || pg_get_constraintdef(k.oid), false
from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
cross join lateral (${BASE_TYPE}) d join pg_constraint k on k.contypid = any (d.types) and k.contype = 'c'
union all
select t.relname, r.rulename, 'rule', regexp_replace(pg_get_ruledef(r.oid), '\\s+', ' ', 'g'),
  r.ev_type = any (case t.relname when 'receipts' then array['2'] else array['3', '4'] end::"char"[])
from tables t join pg_rewrite r on r.ev_class = t.oid and r.ev_type <> '1' and r.ev_enabled <> 'D'
union all
select t.relname, i.relname, 'unique index', pg_get_indexdef(x.indexrelid), false
from tables t join pg_index x on x.indrelid = t.oid and x.indisunique join pg_class i on i.oid = x.indexrelid
left join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
where not x.indisprimary and (x.indnkeyatts > 1 or a.attname is distinct from 'id')
union all
select t.relname, g.tgname, 'trigger', pg_get_triggerdef(g.oid), false
from tables t join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal and g.tgenabled <> 'D'
join pg_proc f on f.oid = g.tgfoid and f.pronamespace is distinct from to_regnamespace('pantry_queue')
order by 1, 2`;

/** Rows that our own tables could not point to, that have nothing to read, or that are nobody's. */
export type AdoptedRows = { highest_id: string | null; without_image: number; without_user: number };

const ROWS = `
select (select max(id)::text from public.receipts) as highest_id,
  (select count(*)::int from (select from public.receipts where image_path is null limit 1000) r) as without_image,
  (select count(*)::int from (
    select from public.receipts where user_id is null or user_id not between 1 and ${MAX_ID} limit 1000) r) as without_user`;

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
