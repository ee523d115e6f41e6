import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { isAppError } from '../../../src/contract/errors.ts';
import { dataDirAt } from '../../../src/embedded/data-dir.ts';
import { takeOwnership } from '../../../src/embedded/owner-file.ts';
import { serveQueueOnSocket } from './queue-server.ts';

/**
 * `pantry-queue up` without PostgreSQL and Temporal: takes the folder's real lock, serves the fake queue over the
 * contract's HTTP routes, writes the real owner file, and notes that it started.
 */
export async function standInForUp(flags: { dataDir?: string }): Promise<void> {
  const dir = dataDirAt(flags.dataDir ?? '');
  appendFileSync(path.join(dir.root, 'starts.log'), `${process.pid}\n`);
  if (process.env.STAND_IN_FOR_UP === 'broken') process.exit(1);
  try {
    const ownership = takeOwnership(dir);
    const server = await serveQueueOnSocket();
    ownership.publish({
      pid: process.pid,
      started_at: new Date().toISOString(),
      url: server.url,
      mcp_url: `${server.url}/mcp`,
      database_url: '',
      agent_url: '',
      temporal: { address: '', namespace: '', ui: '' },
      processes: [],
    });
  } catch (error) {
    if (isAppError(error) && error.code === 'queue_running') process.exit(6);
    throw error;
  }
}
