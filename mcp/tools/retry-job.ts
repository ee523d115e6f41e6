import { z } from 'zod';
import { priority } from '../../src/contract/fields.ts';
import type { InputOf, OutputOf } from '../../src/contract/queue-api.ts';
import type { Answer } from '../answer.ts';
import { jobAnswer } from '../job-answer.ts';
import { tool } from '../tool.ts';
import { confirmToken, errorCode, oneBatch, oneJob } from './fields.ts';
import { oneOf } from './one-of.ts';

const MANY = ['error_code', 'batch_id', 'confirm_token'] as const;

export const retryJob = tool({
  name: 'retry_job',
  title: 'Retry jobs',
  description: 'Run failed or canceled jobs again: one at once; many after a preview.',
  input: z.strictObject({
    job_id: oneJob.optional(),
    error_code: errorCode.optional(),
    batch_id: oneBatch.optional(),
    confirm_token: confirmToken.optional(),
    priority: priority.optional(),
  }),
  unlisted: ['priority'],
  effect: 'write',
  // A retry that has failed again meanwhile would be paid once more.
  repeat: 'never',
  reachesAgent: true,
  answer: async ({ job_id, priority: order, ...filter }, { queue, context }) => {
    const how = order === undefined ? {} : { priority: order };
    // Of many, the first that was given stands for all: they narrow one filter.
    const many = MANY.find((name) => filter[name] !== undefined) ?? 'error_code';
    if (oneOf({ job_id, ...filter }, 'job_id', many) === 'job_id') {
      const job = await queue.retryJob({ ...how, job_id } as InputOf<'retryJob'>, context);
      const also = job.released ? 'It is tried now.' : job.deduplicated ? 'A retry was already under way.' : '';
      return { ...jobAnswer(job, also), deduplicated: job.deduplicated };
    }
    return manyAnswer(
      await queue.redriveFailedJobs({ ...filter, ...how } as InputOf<'redriveFailedJobs'>, context),
      filter,
    );
  },
});

function manyAnswer(told: OutputOf<'redriveFailedJobs'>, filter: Readonly<Record<string, unknown>>): Answer {
  const { bulk, would_affect = 0, cost, sample, confirm_token, expires_at } = told;
  if (bulk) {
    return {
      summary: `${bulk.total} failed jobs are run again; ${bulk.done} are queued so far, ${bulk.skipped} were skipped.`,
      next: { tool: 'queue_info', arguments: {} },
      total: bulk.total,
      done: bulk.done,
      skipped: bulk.skipped,
      reasons: bulk.reasons,
    };
  }
  if (would_affect === 0) return { summary: 'No failed job matches, so there is nothing to run again.', would_affect };
  const pays =
    cost === undefined ? '' : ` It pays ${cost.agent_calls} readings; ${cost.stored_replies} are stored already.`;
  return {
    summary: `Nothing was changed yet: ${would_affect} failed jobs would be run again.${pays} Confirm with confirm_token.`,
    asks: `Run ${would_affect} failed jobs again?${pays}`,
    next: { tool: 'retry_job', arguments: { ...filter, confirm_token } },
    would_affect,
    cost,
    sample,
    expires_at,
  };
}
