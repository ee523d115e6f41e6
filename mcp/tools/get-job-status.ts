import { z } from 'zod';
import { waitThroughCuts } from '../../src/client/wait-through-cuts.ts';
import { isTerminal } from '../../src/contract/job.ts';
import { LIMITS } from '../../src/contract/policies.ts';
import type { OutputOf } from '../../src/contract/queue-api.ts';
import { batchNews, endedOf } from '../../src/words/batch-for-models.ts';
import { jobNews } from '../../src/words/job-for-models.ts';
import type { Answer } from '../answer.ts';
import { jobAnswer } from '../job-answer.ts';
import { ASK_WITH_PROGRESS_S } from '../patience.ts';
import { type Asked, tool } from '../tool.ts';
import { batchIn } from '../work.ts';
import { nextCursor, oneBatch, oneJob } from './fields.ts';
import { oneOf } from './one-of.ts';

type Waited = Answer & { readonly isOver: boolean };

const CUT = 'The connection to the queue was lost; asking again.';

export const getJobStatus = tool({
  name: 'get_job_status',
  title: 'Job status',
  description: 'What jobs do, why they wait or failed, or what was read. Waits instead of polling.',
  input: z.strictObject({
    job_id: oneJob.optional(),
    batch_id: oneBatch.optional(),
    wait_seconds: z
      .int()
      .min(0)
      .max(LIMITS.waitSeconds)
      .describe('Wait for a change at most this long; 20 suits most hosts, 45 is the most.')
      .optional(),
    cursor: nextCursor.optional(),
  }),
  effect: 'read',
  repeat: 'safe',
  goesOn: batchIn,
  answer: async (args, asked) => {
    const { job_id = '', batch_id = '', wait_seconds: seconds = 0, cursor } = args;
    const which = oneOf(args, 'job_id', 'batch_id');
    const askedAt = Date.now();
    const { isOver, ...answer } =
      which === 'job_id' ? await ofJob(job_id, seconds, asked) : await ofBatch(batch_id, seconds, cursor, asked);
    const waitedS = Math.round((Date.now() - askedAt) / 1_000);
    return isOver || waitedS === 0
      ? answer
      : { ...answer, summary: `Still waiting after ${waitedS} s: ${answer.summary}` };
  },
});

async function ofJob(job_id: string, seconds: number, { queue, context }: Asked): Promise<Waited> {
  const { principal, signal, tell, maxWaitS } = context;
  const waitFor = (left: number) => (left > 0 ? { job_id, wait_seconds: left } : { job_id });
  const job = await waitThroughCuts((left) => queue.getJobStatus(waitFor(left), { principal, signal, tell }), {
    seconds,
    askSeconds: tell ? ASK_WITH_PROGRESS_S : maxWaitS,
    looksFirst: tell !== undefined,
    isOver: (job) => isTerminal(job.status),
    onAnswer: (job) => tell?.(jobNews(job)),
    onCut: () => tell?.(CUT),
    signal,
  });
  return { ...jobAnswer(job), isOver: isTerminal(job.status) };
}

async function ofBatch(
  batch_id: string,
  seconds: number,
  cursor: string | undefined,
  { queue, context }: Asked,
): Promise<Waited> {
  const { principal, signal, tell, maxWaitS } = context;
  const since = cursor === undefined ? {} : { cursor };
  const waited = await waitThroughCuts<OutputOf<'waitForJobs'>>(
    (left) => queue.waitForJobs({ batch_id, until: 'all', wait_seconds: left, ...since }, { principal, signal, tell }),
    {
      seconds,
      askSeconds: tell ? ASK_WITH_PROGRESS_S : maxWaitS,
      looksFirst: tell !== undefined,
      isOver: ({ met }) => met,
      onAnswer: ({ batch }) => batch && tell?.(batchNews(batch)),
      onCut: () => tell?.(CUT),
      signal,
    },
  );
  return { ...batchAnswer(waited), isOver: waited.met };
}

function batchAnswer({ met, jobs, more, batch, cursor }: OutputOf<'waitForJobs'>): Answer {
  if (batch === null) throw new Error('A wait for a batch was answered without it.');
  const { batch_id, total, progress, eta_s, paid_calls, deduplicated } = batch;
  const done = endedOf(batch);
  const eta = eta_s === null || done === total ? '' : `, about ${eta_s} s to go`;
  const failed = progress.failed === 0 ? '' : ` ${progress.failed} failed: find_jobs names them.`;
  const goesOn = !met || more;
  return {
    summary: `${batch_id}: ${done} of ${total} have ended${eta}.${failed}`,
    next: goesOn
      ? { tool: 'get_job_status', arguments: { batch_id, wait_seconds: LIMITS.askSeconds, cursor } }
      : progress.failed > 0
        ? { tool: 'find_jobs', arguments: { batch_id, status: 'failed' } }
        : undefined,
    batch_id,
    total,
    progress,
    // Of jobs that were there already the bill of the batch does not tell.
    paid_calls: deduplicated > 0 ? undefined : paid_calls,
    next_cursor: goesOn ? cursor : undefined,
    changed: jobs.map(({ job_id, status, error_code }) =>
      error_code ? { job_id, status, error_code } : { job_id, status },
    ),
  };
}
