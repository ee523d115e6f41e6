import { z } from 'zod';
import type { OutputOf } from '../../src/contract/queue-api.ts';
import { canceledBeforeText } from '../../src/words/canceled-before.ts';
import type { Answer } from '../answer.ts';
import { jobAnswer } from '../job-answer.ts';
import { tool } from '../tool.ts';
import { oneBatch, oneJob } from './fields.ts';
import { oneOf } from './one-of.ts';

export const cancelJob = tool({
  name: 'cancel_job',
  title: 'Cancel jobs',
  description: 'Cancel a job or batch that has not ended.',
  input: z.strictObject({ job_id: oneJob.optional(), batch_id: oneBatch.optional() }),
  effect: 'destroy',
  repeat: 'safe',
  answer: async (args, { queue, context }) => {
    const { job_id = '', batch_id = '' } = args;
    if (oneOf(args, 'job_id', 'batch_id') === 'job_id') {
      const job = await queue.cancelJob({ job_id }, context);
      return {
        ...jobAnswer(job, [...canceledBeforeText(job), job.written].join(' ')),
        already_canceled: job.already_canceled,
      };
    }
    // A batch of a stranger, or none, is answered as such, not as one without live jobs.
    await queue.getBatch({ batch_id }, context);
    const { confirm_token, would_affect = 0 } = await queue.cancelJobs({ batch_id }, context);
    if (confirm_token === undefined || would_affect === 0) {
      return { summary: `No job of ${batch_id} can still be canceled.`, batch_id, canceled: 0 };
    }
    return batchAnswer(batch_id, await queue.cancelJobs({ confirm_token }, context));
  },
});

/** Nothing is lost by it: each job can be run again. */
function batchAnswer(batch_id: string, { bulk, written }: OutputOf<'cancelJobs'>): Answer {
  return {
    summary: `${bulk?.total ?? 0} jobs of ${batch_id} are being canceled; ${bulk?.done ?? 0} are so far. Each can be run again with retry_job.`,
    next: { tool: 'get_job_status', arguments: { batch_id } },
    batch_id,
    canceled: bulk?.done,
    of: bulk?.total,
    written,
  };
}
