import type { Queryable } from '../connection/queryable.ts';
import { LIVE } from './workers.ts';

/** @returns the versions of the workers that are alive, each once */
export async function versionsOfWorkers(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ version: string }>(
    `select distinct version from pantry_queue.workers where ${LIVE} order by version limit 20`,
  );
  return rows.map(({ version }) => version);
}
