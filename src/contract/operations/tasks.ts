import { z } from 'zod';
import { batchId, jobId, time } from '../fields.ts';
import { operation } from '../operation.ts';

/** Longer is none of ours. */
const MAX_TASK_ID = 400;

const taskId = z
  .string()
  .min(1)
  .max(MAX_TASK_ID)
  .describe('The task, by the id that create_task gave. It counts only for the user it was given to.');

const TASK_STATUSES = ['working', 'completed', 'canceled'] as const;

const task = z
  .object({
    task_id: z.string(),
    status: z
      .enum(TASK_STATUSES)
      .describe('completed: the work has ended, with a result or a failure. Once it is not working, it never changes.'),
    says: z.string().describe('What the work does now, in a few words.'),
    job_id: z.string().nullable().describe('The exact generation that it follows; null: a batch.'),
    batch_id: z.string().nullable(),
    created_at: time,
    updated_at: time,
    ttl_ms: z
      .int()
      .nullable()
      .describe(
        'It answers at least so long after created_at; null: without an end. The longer the work takes, the longer.',
      ),
    poll_after_ms: z.int().nullable().describe('Ask again after this; null: nothing changes any more.'),
  })
  .describe('A job or a batch as a program follows it that knows nothing of jobs.');
export type Task = z.infer<typeof task>;

export const createTask = operation({
  name: 'create_task',
  summary: 'Give a job or batch a task id, by which an MCP client follows it. Nothing is stored.',
  input: z.strictObject({
    job_id: jobId
      .optional()
      .describe('The job. Of "ocr-17" its generation that is the latest now; a retry is another task.'),
    batch_id: batchId.min(1).max(64).optional().describe('A batch in place of a job.'),
  }),
  output: task,
  effect: 'read',
  scope: 'jobs:read',
  errors: ['job_not_found', 'job_expired', 'batch_not_found', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/tasks'],
  cli: 'task create',
});

export const getTask = operation({
  name: 'get_task',
  summary: 'Whether the work of a task has ended.',
  input: z.strictObject({ task_id: taskId }),
  output: task,
  effect: 'read',
  scope: 'jobs:read',
  errors: ['task_not_found', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/tasks/{task_id}'],
  cli: 'task status <task_id>',
});

export const cancelTask = operation({
  name: 'cancel_task',
  summary: 'Cancel the work of a task as far as it has not ended; a task that has ended stays as it is.',
  input: z.strictObject({ task_id: taskId }),
  output: task,
  effect: 'destroy',
  scope: 'jobs:write',
  errors: ['task_not_found', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/tasks/{task_id}/cancel'],
  cli: 'task cancel <task_id>',
});
