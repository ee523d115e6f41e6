import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { OwnerRecord } from './owner-file.ts';

const counts = z.object({
  count: z.int(),
  started_jobs: z.int(),
  scheduled_jobs: z.int(),
  deferred_jobs: z.int(),
});

/** Of a queue that runs. */
type Place = Pick<OwnerRecord, 'url' | 'key'>;

/** Live jobs by what they do, from `GET /queue`. @throws what `fetch` throws */
export async function liveJobs(
  { url, key }: Place,
  signal: AbortSignal,
): Promise<{ waiting: number; running: number }> {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/queue`, { headers, signal });
  const { count, started_jobs, scheduled_jobs, deferred_jobs } = counts.parse(await response.json());
  return { waiting: count + scheduled_jobs + deferred_jobs, running: started_jobs };
}

/** Resolves when no job waits or runs, seen twice, so that a job on its way between two states is not missed. */
export async function untilIdle(place: Place, signal: AbortSignal): Promise<void> {
  let idleInARow = 0;
  while (idleInARow < 2) {
    // The server may be the one that is just being started again: then nothing is known, and we ask again.
    const live = await liveJobs(place, signal).catch(() => undefined);
    signal.throwIfAborted();
    idleInARow = live && live.waiting + live.running === 0 ? idleInARow + 1 : 0;
    await delay(250, undefined, { signal });
  }
}
