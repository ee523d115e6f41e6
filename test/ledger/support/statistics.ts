import type { Queryable } from '../../../src/ledger/connection/queryable.ts';

/** The server gathers statistics of a table by itself, at a moment that no test can tell. */
export async function keepWithoutStatistics(db: Queryable): Promise<void> {
  await db.query(`do $$ declare each_table regclass; begin
    for each_table in select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname in ('pantry_queue', 'public')
    loop execute format('alter table %s set (autovacuum_enabled = false)', each_table); end loop; end $$`);
}
