import { briefJob, sayJob } from '../../src/words/job-for-models.ts';
import { tool } from '../tool.ts';

export const cancelJob = tool({
  operation: 'cancelJob',
  title: 'Cancel a job',
  description: 'Cancel a job that has not ended.',
  lists: ['job_id', 'status'],
  say: (job) => sayJob(job, job.written),
  brief: briefJob,
});
