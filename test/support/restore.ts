import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { Db } from '../../src/ledger/db.ts';

type Table = { name: string };
type Sequence = { name: string; last_value: number | null };

const TABLES = `
select format('%I.%I', schemaname, tablename) as name from pg_tables
where schemaname in ('public', 'pantry_queue') order by 1`;
const SEQUENCES = `
select format('%I.%I', schemaname, sequencename) as name, last_value::int8 from pg_sequences
where schemaname in ('public', 'pantry_queue') order by 1`;

/**
 * Brings all rows and sequences of one database into another that has the same schema, as `pg_dump --data-only
 * --disable-triggers` does: by COPY, while no trigger of the schema runs. Both as superuser, on this machine.
 */
export async function restoreRows(from: Db, to: Db): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pantry-test-dump-'));
  // Each server writes and reads the files itself, perhaps as a user of its own.
  await chmod(folder, 0o777);
  const tables = await from.query<Table>(TABLES);
  const sequences = await from.query<Sequence>(SEQUENCES);
  try {
    await from.transaction(async (tx) => {
      for (const { name } of tables) await tx.execute(`copy ${name} to '${folder}/${name}'`);
    });
    await to.transaction(async (tx) => {
      await tx.execute('set local session_replication_role = replica');
      await tx.execute(`truncate ${tables.map(({ name }) => name).join()}`);
      for (const { name } of tables) await tx.execute(`copy ${name} from '${folder}/${name}'`);
      for (const { name, last_value } of sequences) {
        await tx.query('select setval($1::regclass, coalesce($2, 1), $2 is not null)', [name, last_value]);
      }
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Everything that a dump must bring back: a hash of each table's rows, and where each sequence stands. */
export async function contentsOf(db: Db): Promise<unknown> {
  const tables = await db.query<Table>(TABLES);
  const hashes = tables.map(
    ({ name }) =>
      `select '${name}' as name, count(*) as rows, md5(string_agg(t::text, '|' order by t::text)) as hash from ${name} t`,
  );
  return { rows: await db.query(hashes.join(' union all ')), sequences: await db.query(SEQUENCES) };
}

/** Makes the ledger an hour old before it is dumped: a worker that beat in it is gone when it is restored. */
export async function ageForRestore(db: Db): Promise<void> {
  await db.query(`update pantry_queue.workers set seen_at = now() - interval '1 hour'`);
  await db.query(`update pantry_queue.queue_state set swept_at = now() - interval '1 hour'`);
}

/** The first sweep has come by, and the seconds that it gives to workers that may be alive are over. */
export async function untilSilenceCounts(db: Db): Promise<void> {
  const swept = `select from pantry_queue.queue_state where swept_at > now() - interval '1 minute'`;
  await expect.poll(() => db.query(swept), { timeout: 10_000, interval: 50 }).toHaveLength(1);
  await db.query(`update pantry_queue.queue_state set steady_since = now() - interval '1 minute'`);
}
