import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAppError } from '../../../src/contract/errors.ts';
import type { QueueApi } from '../../../src/contract/queue-api.ts';
import { dataDirAt } from '../../../src/embedded/data-dir.ts';
import { takeOwnership } from '../../../src/embedded/owner-file.ts';
import { aFinishedJob, aJob, createFakeQueue, type FakeQueue } from './fake-queue.ts';
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
    const server = await serveQueueOnSocket(queueOf(Number(process.env.STAND_IN_JOB_ENDS_AT ?? 0)));
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

/** With a time: the job of receipt 17 lives until then, whichever process is asked, as it would in a ledger. */
function queueOf(endsAt: number): FakeQueue {
  const fake = createFakeQueue();
  if (endsAt === 0) return fake;
  const getJobStatus: QueueApi['getJobStatus'] = async ({ wait_seconds = 0 }) => {
    await delay(Math.max(0, Math.min(wait_seconds * 1_000, endsAt - Date.now())));
    return Date.now() >= endsAt ? aFinishedJob('Corner Shop', ['Milk']) : aJob();
  };
  return { ...fake, queue: { ...fake.queue, getJobStatus } };
}
