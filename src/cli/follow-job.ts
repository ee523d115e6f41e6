import type { QueueClient } from '../client/index.ts';
import { isTerminal } from '../contract/job.ts';
import { jobLine, jobText } from '../words/answers.ts';
import { type FollowFlags, follow } from './follow.ts';
import { EXIT, print, printJson } from './output.ts';

/**
 * Follows a job to its end and prints it.
 * @returns the exit code: ok when the job finished, other when it ended otherwise; else as `follow`
 */
export function followJob(queue: QueueClient, jobId: string, flags: FollowFlags): Promise<number> {
  return follow(
    {
      name: jobId,
      command: `job watch ${jobId}`,
      ask: (seconds, signal) =>
        queue.getJobStatus(seconds > 0 ? { job_id: jobId, wait_seconds: seconds } : { job_id: jobId }, { signal }),
      isOver: ({ status }) => isTerminal(status),
      line: jobLine,
      stillIs: ({ status }) => status,
      report(job) {
        if (flags.json) printJson(job);
        else print(...jobText(job));
        return job.status === 'finished' ? EXIT.ok : EXIT.other;
      },
    },
    flags,
  );
}
