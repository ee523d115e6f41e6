import { briefJob, sayJob } from '../../src/words/job-for-models.ts';
import { tool } from '../tool.ts';

export const retryJob = tool({
  operation: 'retryJob',
  title: 'Retry a job',
  description: 'Run a failed or canceled job again, as a new generation.',
  lists: ['job_id', 'status'],
  say: (job) => sayJob(job, job.deduplicated ? 'A retry was already under way.' : ''),
  brief: briefJob,
});
