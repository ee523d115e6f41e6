import { z } from 'zod';
import { time } from '../fields.ts';
import { list } from '../list.ts';
import { operation } from '../operation.ts';
import { WORKER_ROLES } from '../worker-role.ts';

export const role = z
  .enum(WORKER_ROLES)
  .describe('What it does: workflow runs workflows, agent calls the agent, all both.');

const worker = z.object({
  name: z.string(),
  host: z.string(),
  pid: z.int(),
  role,
  version: z.string().describe('Of pantry-queue.'),
  build_id: z.string().nullable().describe('WORKER_BUILD_ID; null: Temporal does not tell its version apart.'),
  slots: z.int().describe('Calls of the agent that it can make at once; 0 of role workflow.'),
  busy: z.int().describe('Of those in use, by any worker.'),
  doing: z
    .array(z.object({ job_id: z.string(), phase: z.string(), since: time }))
    .describe('Its jobs that the caller may see, the oldest first; at most 100.'),
  stopping: z.boolean().describe('It begins nothing more: it ends or hands back what it is doing, then exits.'),
  started_at: time,
  last_seen_s: z.int(),
});

export const listWorkers = operation({
  name: 'list_workers',
  summary: 'The live workers: their roles, slots and versions, when they were last seen, and what each is doing.',
  ...list({}, { workers: z.array(worker) }),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['ledger_unavailable', 'forbidden'],
  repeat: 'safe',
  http: ['GET', '/workers'],
  cli: 'queue workers',
});
