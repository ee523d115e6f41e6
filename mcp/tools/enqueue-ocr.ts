import { briefJob, sayJob } from '../../src/words/job-for-models.ts';
import { tool } from '../tool.ts';

export const enqueueOcr = tool({
  operation: 'enqueueOcr',
  title: 'Queue a receipt',
  description: 'Queue a receipt for OCR; answers at once. Safe to repeat.',
  lists: ['job_id', 'status', 'deduplicated'],
  unlisted: ['run_at', 'delay_seconds', 'after', 'on_parent_failure'],
  say: (job) => {
    const differs = job.differs?.length ? ` It differs from this call in ${job.differs.join(', ')}.` : '';
    return sayJob(job, job.deduplicated ? `Nothing new was queued: the job was there already.${differs}` : '');
  },
  brief: briefJob,
});
