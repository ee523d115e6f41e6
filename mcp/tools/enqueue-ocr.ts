import { z } from 'zod';
import { imagePath, startFields, userId } from '../../src/contract/fields.ts';
import { LIMITS } from '../../src/contract/policies.ts';
import type { InputOf, OutputOf } from '../../src/contract/queue-api.ts';
import type { Answer } from '../answer.ts';
import { jobAnswer } from '../job-answer.ts';
import { tool } from '../tool.ts';
import { jobsIn } from '../work.ts';
import { oneReceipt, order } from './fields.ts';
import { oneOf } from './one-of.ts';

type Job = OutputOf<'enqueueOcr'>;
type Batch = OutputOf<'enqueueBatchOcr'>;

export const enqueueOcr = tool({
  name: 'enqueue_ocr',
  title: 'Read receipts',
  description: 'Queue receipts that are stored already; answers at once. Asking again gives the same job.',
  input: z.strictObject({
    receipt_id: oneReceipt.optional(),
    receipt_ids: z.array(oneReceipt).max(LIMITS.batch).describe('Many at once.').optional(),
    pending: z.boolean().describe('All that were never read.').optional(),
    priority: order.optional(),
    force: z.boolean().describe('Read again what is finished; costs a reading.').optional(),
    image_path: imagePath.optional(),
    user_id: userId.optional(),
    ...startFields,
  }),
  unlisted: ['image_path', 'user_id', 'run_at', 'delay_seconds', 'after', 'on_parent_failure'],
  effect: 'write',
  repeat: 'safe',
  reachesAgent: true,
  goesOn: jobsIn,
  answer: async (args, { queue, context }) => {
    const which = oneOf(args, 'receipt_id', 'receipt_ids', 'pending');
    const { receipt_id, receipt_ids, pending: _, image_path, ...how } = args;
    if (which === 'receipt_id') {
      return oneAnswer(await queue.enqueueOcr({ ...how, receipt_id, image_path } as InputOf<'enqueueOcr'>, context));
    }
    const many = which === 'pending' ? { pending: true } : { receipt_ids };
    return batchAnswer(await queue.enqueueBatchOcr({ ...how, ...many } as InputOf<'enqueueBatchOcr'>, context));
  },
});

function oneAnswer(job: Job): Answer {
  const differs = job.differs?.length ? ` It differs from this call in ${job.differs.join(', ')}.` : '';
  const also = job.deduplicated ? `Nothing new was queued: the job was there already.${differs}` : '';
  return { ...jobAnswer(job, [also, ...(job.notes ?? [])].join(' ').trim()), deduplicated: job.deduplicated };
}

function batchAnswer({ batch_id, total, queued, deduplicated, skipped, job_ids, notes = [] }: Batch): Answer {
  if (batch_id === null) {
    const why = skipped.length === 0 ? '' : ` ${skipped.length} cannot be queued.`;
    return { summary: `No receipt is pending.${why}`, skipped };
  }
  return {
    summary: [
      `${queued} of ${total} receipts were queued as ${batch_id}; ${deduplicated} had a job already.`,
      ...notes,
    ].join(' '),
    next: { tool: 'get_job_status', arguments: { batch_id, wait_seconds: LIMITS.askSeconds } },
    batch_id,
    total,
    queued,
    deduplicated,
    skipped,
    job_ids: job_ids.slice(0, 20),
  };
}
