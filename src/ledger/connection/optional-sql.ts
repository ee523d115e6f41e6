import type { Log } from '../../ports.ts';
import type { Transaction } from './queryable.ts';

/**
 * A migration's statements about schema public. Each is left out where its table or index stands already: `if not
 * exists` alone would still ask for the right to create, which a role that adopts tables often does not have.
 */
const STATEMENT = /^create (table|index) if not exists (?:public\.)?(\w+)(?: on public\.(\w+))?[^;]*;\n/gm;

/** The text of a migration without those statements. */
export function withoutOptional(sql: string): string {
  return sql.replace(STATEMENT, '');
}

/**
 * @param log names the indexes that this role may not make: they save time, nothing depends on them
 * @returns those of the statements that are to be run, in order
 */
export async function optionalIn(tx: Transaction, sql: string, log: Log): Promise<string[]> {
  const wanted: string[] = [];
  for (const [statement, kind, name, table] of sql.matchAll(STATEMENT)) {
    const [there] = await tx.query(
      `select 1 as found from pg_class where relnamespace = 'public'::regnamespace and relname = $1`,
      [name],
    );
    if (there) continue;
    if (kind === 'index' && !(await mayIndex(tx, table ?? ''))) {
      log.warn({ index: name, remedy: statement.trim() }, 'ledger.index_not_made');
      continue;
    }
    wanted.push(statement);
  }
  return wanted;
}

/** An index needs the owner of its table; one that this migration is about to make is its own. */
async function mayIndex(tx: Transaction, table: string): Promise<boolean> {
  const [row] = await tx.query<{ may: boolean }>(
    `select pg_has_role(relowner, 'USAGE') and has_schema_privilege('public', 'CREATE') as may
     from pg_class where relnamespace = 'public'::regnamespace and relname = $1`,
    [table],
  );
  return row?.may ?? true;
}
