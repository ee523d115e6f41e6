import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';
import { checkAdoptedTables } from './adopt.ts';
import type { Db } from './db.ts';

const FOLDER = new URL('./migrations/', import.meta.url);
/** Any number that nobody else uses: one migrator at a time in this database. */
const MIGRATION_LOCK = 7_302_516;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (name) => {
      const sql = await readFile(new URL(name, FOLDER), 'utf8');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Brings the database to this program's schema: each numbered file once, in one transaction each, under a lock.
 * @returns the names of the migrations that were applied now
 * @throws AppError invalid_argument when the tables in schema public cannot be adopted, when an applied migration's
 *   text has changed, or when the database is newer than this program
 */
export async function migrate(db: Db): Promise<string[]> {
  const migrations = await readMigrations();
  return db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const [version] = await tx.query<{ n: number }>(`select current_setting('server_version_num')::int as n`);
    if ((version?.n ?? 0) < 150_000) {
      throw new AppError('invalid_argument', 'This PostgreSQL is older than 15.', {
        hint: 'Point DATABASE_URL at PostgreSQL 15 or newer.',
      });
    }
    await tx.query('create schema if not exists pantry_queue');
    await tx.query(
      `create table if not exists pantry_queue.migrations (
         name text primary key, sha256 text not null, applied_at timestamptz not null default now())`,
    );
    const applied = new Map(
      (await tx.query<{ name: string; sha256: string }>('select name, sha256 from pantry_queue.migrations')).map(
        (row) => [row.name, row.sha256],
      ),
    );
    refuseForeign(migrations, applied);

    const missing = migrations.filter((migration) => !applied.has(migration.name));
    if (missing.length > 0 && applied.size === 0) await checkAdoptedTables(tx);
    for (const { name, sql, sha256 } of missing) {
      await tx.query('insert into pantry_queue.migrations (name, sha256) values ($1, $2)', [name, sha256]);
      // Without a name: a file holds many statements, and such text cannot be prepared.
      await tx.execute(sql);
    }
    return missing.map((migration) => migration.name);
  });
}

function refuseForeign(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration.sha256]));
  for (const [name, sha256] of applied) {
    const ours = known.get(name);
    if (ours === undefined) {
      throw new AppError('invalid_argument', `The database has migration ${name}, which this program does not know.`, {
        hint: 'It was made by a newer pantry-queue: install that version.',
      });
    }
    if (ours !== sha256) {
      throw new AppError('invalid_argument', `Migration ${name} was applied with another text than this program has.`, {
        hint: 'Migrations never change once applied: install the version that made this database.',
      });
    }
  }
}
