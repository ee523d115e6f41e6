import { appendFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAppError } from '../../../src/contract/errors.ts';
import type { QueueApi } from '../../../src/contract/queue-api.ts';
import { dataDirAt } from '../../../src/embedded/data-dir.ts';
import { takeOwnership } from '../../../src/embedded/owner-file.ts';
import { aFinishedJob, aJob, createFakeQueue, type FakeQueue } from './fake-queue.ts';
import { serveQueueOnSocket } from './queue-server.ts';

/** In the data folder: who started, who was asked for a job, and, once there, that the job of receipt 17 has ended. */
export const STARTS = 'starts.log';
export const ASKED = 'asked.log';
export const JOB_ENDED = 'job-ended';

/**
 * `pantry-queue up` without PostgreSQL and Temporal: takes the folder's real lock, serves the fake queue over the
 * contract's HTTP routes, writes the real owner file, and notes that it started.
 */
export async function standInForUp(flags: { dataDir?: string }): Promise<void> {
  const dir = dataDirAt(flags.dataDir ?? '');
  appendFileSync(path.join(dir.root, STARTS), `${process.pid}\n`);
  if (process.env.STAND_IN_FOR_UP === 'broken') process.exit(1);
  try {
    const ownership = takeOwnership(dir);
    const server = await serveQueueOnSocket(queueOf(dir.root));
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

/** The job of receipt 17 lives until a file says that it has ended, whichever process is asked, as it would in a ledger. */
function queueOf(folder: string): FakeQueue {
  const fake = createFakeQueue();
  const ended = () => existsSync(path.join(folder, JOB_ENDED));
  const getJobStatus: QueueApi['getJobStatus'] = async ({ wait_seconds = 0 }) => {
    appendFileSync(path.join(folder, ASKED), `${process.pid}\n`);
    const until = Date.now() + wait_seconds * 1_000;
    while (!ended() && Date.now() < until) await delay(50);
    return ended() ? aFinishedJob('Corner Shop', ['Milk']) : aJob();
  };
  return { ...fake, queue: { ...fake.queue, getJobStatus } };
}
