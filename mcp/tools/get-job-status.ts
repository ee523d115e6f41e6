import { waitThroughCuts } from '../../src/client/wait-through-cuts.ts';
import { isTerminal } from '../../src/contract/job.ts';
import { briefJob, jobNews, sayJob } from '../../src/words/job-for-models.ts';
import { ASK_WITH_PROGRESS_S } from '../patience.ts';
import { tool } from '../tool.ts';

export const getJobStatus = tool({
  operation: 'getJobStatus',
  title: 'Job status',
  description: 'What a job does, why it waits or failed, or its result. Use wait_seconds, do not poll.',
  lists: ['job_id', 'status', 'result', 'error'],
  say: (job, waitedS) =>
    waitedS > 0 && !isTerminal(job.status) ? `Still waiting after ${waitedS} s: ${sayJob(job)}` : sayJob(job),
  brief: briefJob,
  ask: (queue, { job_id, wait_seconds: seconds = 0 }, { principal, signal, tell, maxWaitS }) =>
    waitThroughCuts((left) => queue.getJobStatus(waitFor(job_id, left), { principal, signal, tell }), {
      seconds,
      askSeconds: tell ? ASK_WITH_PROGRESS_S : maxWaitS,
      looksFirst: tell !== undefined,
      isOver: (job) => isTerminal(job.status),
      onAnswer: (job) => tell?.(jobNews(job)),
      onCut: () => tell?.('The connection to the queue was lost; asking again.'),
      signal,
    }),
});

const waitFor = (job_id: string, seconds: number) => (seconds > 0 ? { job_id, wait_seconds: seconds } : { job_id });
