import type { Tool } from '../tool.ts';
import { cancelJob } from './cancel-job.ts';
import { enqueueOcr } from './enqueue-ocr.ts';
import { getJobStatus } from './get-job-status.ts';
import { queueInfo } from './queue-info.ts';
import { retryJob } from './retry-job.ts';

/** Every tool, in the order models see them: the order never changes, or hosts would lose their prompt cache. */
export const tools: readonly Tool[] = [enqueueOcr, getJobStatus, queueInfo, cancelJob, retryJob];
