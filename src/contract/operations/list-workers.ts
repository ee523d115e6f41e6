import { z } from 'zod';
import { time } from '../fields.ts';
import { list } from '../list.ts';
import { operation } from '../operation.ts';

const worker = z.object({
  name: z.string(),
  host: z.string(),
  pid: z.int(),
  slots: z.int().describe('Calls of the agent that it can make at once.'),
  busy: z.int().describe('Of those in use, by whomever.'),
  doing: z
    .array(z.object({ job_id: z.string(), phase: z.string(), since: time }))
    .describe('Its jobs that the caller may see, the oldest first; at most 100.'),
  started_at: time,
  last_seen_s: z.int(),
});

export const listWorkers = operation({
  name: 'list_workers',
  summary: 'The live workers: their slots, when they were last seen, and what each is doing.',
  ...list({}, { workers: z.array(worker) }),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['ledger_unavailable', 'forbidden'],
  repeat: 'safe',
  http: ['GET', '/workers'],
  cli: 'queue workers',
});
