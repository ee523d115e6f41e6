import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';
import type { JobKinds } from '../jobs/job-type.ts';
import type { Log } from '../ports.ts';
import { inspectTables } from './adoption/adopt.ts';
import { catalog } from './adoption/adopt-catalog.ts';
import type { Finding } from './adoption/adopt-columns.ts';
import { ISOLATE, isolate } from './adoption/isolation.ts';
import { aloneMigrating } from './adoption/migration-lock.ts';
import { lackingToCreate, lackingToUse } from './adoption/rights.ts';
import { optionalIn, withoutOptional } from './connection/optional-sql.ts';
import type { Queryable, Transaction } from './connection/queryable.ts';
import type { Db } from './db.ts';

const OLDEST_SERVER = 150_000;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
  /** Functions, views and triggers: applied again when their text changes. Tables are changed by a further file. */
  readonly repeats: boolean;
}

interface Folder {
  readonly folder: URL;
  /** Before the names of its files. */
  readonly prefix: string;
  readonly repeats: boolean;
  /** Puts a kind's parts into the text. */
  readonly fill?: (text: string) => string;
}

/** In the order in which they are applied: the core's, then what each kind of job has of its own. */
function foldersOf(kinds: JobKinds): Folder[] {
  const own = kinds.list.flatMap(({ kind, sql, functions }) => {
    // What every kind has stands before its own functions, which call it.
    const folders = [new URL('./kind-functions/', import.meta.url), ...(functions ? [functions] : [])];
    const fill = (text: string) => text.replaceAll('{{kind}}', kind).replaceAll('{{lookup}}', sql.lookup);
    return folders.map((folder) => ({ folder, prefix: `functions/${kind}/`, repeats: true, fill }));
  });
  return [
    { folder: new URL('./schema/', import.meta.url), prefix: '', repeats: false },
    { folder: new URL('./functions/', import.meta.url), prefix: 'functions/', repeats: true },
    ...own,
  ];
}

async function readMigrations(kinds: JobKinds): Promise<Migration[]> {
  const folders = await Promise.all(
    foldersOf(kinds).map(async ({ folder, prefix, repeats, fill = (text) => text }) => {
      const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
      return Promise.all(
        files.map(async (file): Promise<Migration> => {
          const sql = fill(await readFile(new URL(file, folder), 'utf8'));
          return { name: `${prefix}${file}`, sql, sha256: createHash('sha256').update(sql).digest('hex'), repeats };
        }),
      );
    }),
  );
  return folders.flat();
}

const quiet: Log = { info() {}, warn() {}, error() {} };

/**
 * Brings the database to this program's schema: looks first, and creates only what is missing, each numbered file once,
 * each file of functions when its text is new, and all of them in one transaction, under a lock.
 * @param log gets a line for each file, and one for each finding about the adopted tables
 * @returns the names of the migrations that were applied now
 * @throws AppError adoption_refused when the tables in schema public cannot serve; ledger_misconfigured naming the
 *   grants that are missing; invalid_argument when the database is newer than this program, or an applied text has changed
 */
export async function migrate(db: Db, log: Log = quiet): Promise<string[]> {
  const migrations = await readMigrations(db.kinds);
  await refuseUnfit(db);
  const missing = await missingOf(db, migrations);
  if (missing.length === 0) {
    refuse('use the tables of the queue', await lackingToUse(db));
    report(await inspectTables(db, { first: false }), log);
    await isolate(db, log);
    return [];
  }
  const applied = await aloneMigrating(db, log, (tx) => applyMissing(tx, migrations, log));
  await isolate(db, log);
  return applied;
}

/**
 * What `migrate` would apply; changes nothing.
 * @throws AppError as `migrate`, for a database that is too old, of a newer program, of another encoding, or without triggers
 */
export async function pendingMigrations(db: Db): Promise<string[]> {
  await refuseUnfit(db);
  return (await missingOf(db, await readMigrations(db.kinds))).map(({ name }) => name);
}

/** Does it refer to the replaced system's tables, or put a trigger on them? */
const bindsTables = ({ sql }: Migration) => sql.includes('public.receipts');

async function applyMissing(tx: Transaction, migrations: readonly Migration[], log: Log): Promise<string[]> {
  // Another process may have done it all while this one waited.
  const missing = await missingOf(tx, migrations);
  if (missing.length === 0) return [];
  const first = missing.length === migrations.length;
  refuse('make the tables of the queue', await lackingToCreate(tx));
  report(await inspectTables(tx, { first: first || missing.some(bindsTables) }), log);
  if (first) {
    // Without `if not exists` where it does: that alone needs the right to create.
    const [schema] = await tx.query(`select 1 as found from pg_namespace where nspname = 'pantry_queue'`);
    if (!schema) await tx.execute('create schema pantry_queue');
    const [table] = await tx.query(
      `select 1 as found from pg_tables where schemaname = 'pantry_queue' and tablename = 'migrations'`,
    );
    if (!table) {
      await tx.execute(
        `create table pantry_queue.migrations (
           name text primary key, sha256 text not null, applied_at timestamptz not null default now())`,
      );
    }
  }
  // What every kind has may name tables that the kind's own files make later.
  await tx.execute('set local check_function_bodies = off');
  for (const { name, sql, sha256 } of missing) {
    const startedAt = Date.now();
    log.info({ migration: name }, 'ledger.migrating');
    await tx.query(
      `insert into pantry_queue.migrations (name, sha256) values ($1, $2)
       on conflict (name) do update set sha256 = excluded.sha256, applied_at = now()`,
      [name, sha256],
    );
    for (const statement of await optionalIn(tx, sql, log)) await tx.execute(statement);
    await tx.execute(withoutOptional(sql));
    log.info({ migration: name, ms: Date.now() - startedAt }, 'ledger.migrated');
  }
  // A new table gets its policies, a new function its rights.
  await tx.query(ISOLATE);
  refuse('use the tables of the queue', await lackingToUse(tx));
  return missing.map(({ name }) => name);
}

async function refuseUnfit(db: Queryable): Promise<void> {
  const { version, encoding, triggers } = await catalog.session(db);
  if (version < OLDEST_SERVER) {
    throw new AppError('invalid_argument', 'This PostgreSQL is older than 15.', {
      hint: 'Point DATABASE_URL at PostgreSQL 15 or newer.',
    });
  }
  if (encoding !== 'UTF8') {
    throw new AppError('adoption_refused', `The database stores text as ${encoding}, and receipts need UTF8.`, {
      hint: 'Move it into a database that was created with encoding UTF8.',
    });
  }
  if (!triggers) {
    throw new AppError('ledger_misconfigured', 'session_replication_role is replica, so triggers do not fire.', {
      hint: 'Reset it for this role and this database (alter role … reset session_replication_role), and start again.',
    });
  }
}

async function missingOf(db: Queryable, migrations: readonly Migration[]): Promise<Migration[]> {
  const [there] = await db.query(
    `select 1 as found from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'pantry_queue' and c.relname = 'migrations'`,
  );
  if (!there) return [...migrations];
  refuse('use the tables of the queue', await lackingToUse(db, ['migrations']));
  const rows = await db.query<{ name: string; sha256: string }>('select name, sha256 from pantry_queue.migrations');
  const applied = new Map(rows.map((row) => [row.name, row.sha256]));
  refuseForeign(migrations, applied);
  return migrations.filter(({ name, sha256 }) => applied.get(name) !== sha256);
}

/** @param grants statements that give what is missing */
function refuse(what: string, grants: readonly string[]): void {
  if (grants.length === 0) return;
  throw new AppError('ledger_misconfigured', `The database role may not ${what}. Missing: ${grants.join(' ')}`, {
    hint: 'Run these statements as the owner of the database, and start again.',
  });
}

function report(findings: readonly Finding[], log: Log): void {
  for (const { severity, what, remedy } of findings) {
    if (severity === 'warn') log.warn({ finding: what, remedy }, 'ledger.adoption_finding');
  }
  const refused = findings.filter(({ severity }) => severity === 'refuse');
  if (refused.length === 0) return;
  const named = refused.map(({ what }) => what).join('; ');
  throw new AppError('adoption_refused', `The existing tables cannot be adopted: ${named}.`, {
    hint: `Nothing was changed. Remedy: ${refused.map(({ remedy }) => remedy).join(' ')}`,
  });
}

function refuseForeign(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const [name, sha256] of applied) {
    const ours = known.get(name);
    if (name.startsWith('functions/')) continue;
    if (ours === undefined) {
      throw new AppError('invalid_argument', `The database has migration ${name}, which this program does not know.`, {
        hint: 'It was made by a newer pantry-queue: install that version.',
      });
    }
    if (ours.sha256 !== sha256) {
      throw new AppError('invalid_argument', `Migration ${name} was applied with another text than this program has.`, {
        hint: 'Migrations never change once applied: install the version that made this database.',
      });
    }
  }
}
