import type { QueueClient } from '../client/index.ts';
import { waitThroughCuts } from '../client/wait-through-cuts.ts';
import { AppError } from '../contract/errors.ts';
import type { Job } from '../contract/fields.ts';
import { isTerminal } from '../contract/job.ts';
import { LIMITS } from '../contract/policies.ts';
import { jobLine, jobText } from '../words/answers.ts';
import { type ConnectionFlags, commandFlags } from './connection.ts';
import { EXIT, print, printJson, say } from './output.ts';

/** As long as a job may live, so that a job's own end comes first. */
const DEFAULT_TIMEOUT_S = 73 * 3_600;

/** A queue that gives no answer for so long will not come back by itself. */
const MAX_OUTAGE_MS = 300_000;

export interface FollowFlags extends ConnectionFlags {
  /** Seconds in all. */
  readonly timeout?: number;
}

/**
 * Follows a job to its end through cut connections and restarts, saying each change of its state, and prints it.
 * @returns the exit code: ok when the job finished, other when it ended otherwise, unavailable when the time was over
 *   before, interrupted after Ctrl-C
 * @throws AppError as get_job_status does; queue_unreachable after five minutes without an answer
 */
export async function followJob(queue: QueueClient, jobId: string, flags: FollowFlags): Promise<number> {
  const goOn = `Go on with: pantry-queue job watch ${jobId}${commandFlags(flags)}`;
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  let said = '';
  let awaySince: number | undefined;
  const tell = (line: string) => {
    if (line !== said) say(line);
    said = line;
  };
  try {
    const job = await waitThroughCuts(
      (seconds) =>
        queue.getJobStatus(seconds > 0 ? { job_id: jobId, wait_seconds: seconds } : { job_id: jobId }, {
          signal: interrupt.signal,
        }),
      {
        seconds: flags.timeout ?? DEFAULT_TIMEOUT_S,
        askSeconds: LIMITS.askSeconds,
        looksFirst: true,
        isOver: ({ status }) => isTerminal(status),
        onAnswer: (state) => {
          awaySince = undefined;
          if (!isTerminal(state.status)) tell(jobLine(state));
        },
        onCut: (error) => {
          awaySince ??= Date.now();
          if (Date.now() - awaySince > MAX_OUTAGE_MS) throw error;
          tell('The connection to the queue was lost; asking again for up to 5 minutes. The job is not affected.');
        },
        signal: interrupt.signal,
      },
    );
    return report(job, flags, interrupt.signal.aborted, goOn);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error instanceof AppError ? withNextStep(error, goOn) : error;
    return interrupted(jobId, goOn);
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

function report(job: Job, flags: FollowFlags, wasInterrupted: boolean, goOn: string): number {
  if (!isTerminal(job.status) && wasInterrupted) return interrupted(job.job_id, goOn);
  if (flags.json) printJson(job);
  else print(...jobText(job));
  if (job.status === 'finished') return EXIT.ok;
  if (isTerminal(job.status)) return EXIT.other;
  say(`${job.job_id} is still ${job.status} after ${flags.timeout} s. ${goOn}`);
  return EXIT.unavailable;
}

function interrupted(jobId: string, goOn: string): number {
  say(`Stopped watching; ${jobId} is not affected. ${goOn}`);
  return EXIT.interrupted;
}

function withNextStep(error: AppError, goOn: string): AppError {
  if (error.code !== 'queue_unreachable' && error.code !== 'ledger_unavailable') return error;
  return new AppError(error.code, error.message, { hint: `${error.hint}\n${goOn}`, cause: error.cause });
}
