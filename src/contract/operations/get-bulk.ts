import { z } from 'zod';
import { bulk, bulkId } from '../bulk.ts';
import { operation } from '../operation.ts';

export const getBulk = operation({
  name: 'get_bulk',
  summary: 'How a call over many jobs gets on: done, skipped and why, remaining, rate and eta.',
  input: z.strictObject({ bulk_id: bulkId }),
  output: bulk,
  effect: 'read',
  scope: 'jobs:read',
  errors: ['bulk_not_found', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/bulks/{bulk_id}'],
  cli: 'bulk status <bulk_id>',
});
