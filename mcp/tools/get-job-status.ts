import { briefJob, sayJob } from '../say-job.ts';
import { tool } from '../tool.ts';

export const getJobStatus = tool({
  operation: 'getJobStatus',
  title: 'Job status and result',
  description:
    'State of a job, why it waits or failed, and its result once finished. Set wait_seconds instead of polling.',
  lists: ['job_id', 'status', 'phase', 'result', 'error'],
  say: (job) => sayJob(job),
  brief: briefJob,
});
