import { expect } from 'vitest';
import type { Db } from '../../../src/ledger/db.ts';
import { verifyLedger } from '../../../src/verify/verify.ts';
import { clearJobs } from '../../support/gate.ts';

/** Nothing is left that an earlier test has queued, so that the whole ledger can be verified. */
export async function emptyQueue(db: Db): Promise<void> {
  await clearJobs(db);
  await db.query('delete from public.receipts');
  await db.query('truncate pantry_queue.events, pantry_queue.batches, pantry_queue.tombstones, pantry_queue.history');
}

export async function expectVerified(db: Db): Promise<void> {
  const { findings } = await verifyLedger(db, { ledgerId: 'any', workflowIdPrefix: '' });
  expect(findings).toEqual([]);
}

type JobEvent = { kind: string; state: string | null; data: unknown };

/** What was recorded about all jobs of a subject, in order. */
export function jobEvents(db: Db, subject: number): Promise<JobEvent[]> {
  return db.query<JobEvent>(
    `select e.kind, e.state, e.data from pantry_queue.events e join pantry_queue.jobs j using (job_no)
     where j.subject = $1 order by e.id`,
    [subject],
  );
}
