import { briefJob, sayJob } from '../say-job.ts';
import { tool } from '../tool.ts';

export const getJobStatus = tool({
  operation: 'getJobStatus',
  title: 'Job status',
  description: 'What a job does, why it waits or failed, or its result. Use wait_seconds, do not poll.',
  lists: ['job_id', 'status', 'result', 'error'],
  say: (job) => sayJob(job),
  brief: briefJob,
});
