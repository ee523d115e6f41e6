import { setTimeout as delay } from 'node:timers/promises';
import { type Job, job } from '../../contract/fields.ts';
import { isTerminal } from '../../contract/job.ts';
import { refusal } from './refusal.ts';

/**
 * Follows a job to its end by `GET /jobs/{job_id}?wait_seconds=1`: the answer comes when the job ends, or after a
 * second with what it does then.
 * @returns the job as it ended
 * @throws the signal's reason; AppError when the job is unknown
 */
export async function followJob(
  url: string,
  jobId: string,
  onState: (job: Job) => void,
  signal: AbortSignal,
): Promise<Job> {
  // The first look does not wait, so that the display knows every job at once.
  for (let waitSeconds = 0; ; waitSeconds = 1) {
    const state = await look(`${url}/jobs/${jobId}?wait_seconds=${waitSeconds}`, signal);
    if (state) {
      onState(state);
      if (isTerminal(state.status)) return state;
    } else {
      await delay(500, undefined, { signal });
    }
  }
}

/** `undefined` while the server is away: the supervisor is starting it again, and the job is safe in the ledger. */
async function look(address: string, signal: AbortSignal): Promise<Job | undefined> {
  const response = await fetch(address, { signal }).catch(() => undefined);
  signal.throwIfAborted();
  if (!response || response.status >= 500) return undefined;
  if (!response.ok) throw refusal(`GET ${address}`, response.status, await response.text());
  return job.parse(await response.json());
}
