import { z } from 'zod';
import { list } from '../../../../src/contract/list.ts';
import type { CallRow } from '../../../../src/contract/operation.ts';

/** A list operation as somebody would add it: this row, a statement, a handler. */
export const listWaitingJobs = {
  name: 'list_waiting_jobs',
  summary: 'The jobs of a priority that wait, in the order in which they will go.',
  ...list(
    { priority: z.int().min(1).max(5).optional() },
    { jobs: z.array(z.object({ job_id: z.string(), priority: z.int() })) },
  ),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
} as const satisfies CallRow;
