import { expect, it } from 'vitest';
import { capOf } from '../support/gate.ts';
import { useAttempts } from './support/attempts.ts';

const bench = useAttempts();

it.each([
  ['budget_exhausted', 'budget_exhausted', /^The job waits for the budget of user 1 to be raised, or its next period/],
  ['owner_paused', 'queue_paused', /^The job waits for the jobs of user 1 to be resumed/],
  ['limit', 'queue_paused', /^The job waits for a limit to be lifted: no jobs of user 1 may start/],
])('[W1] a job that is held by %s says so in Temporal, as its status does', async (reason, code, words) => {
  const run = await bench.handedOver();
  await capOf(bench.db, { user_id: 1, in_flight: 0, reason });
  const failure = (await bench.attempt(run).outcome) as Error & { type: string; nonRetryable: boolean };
  expect(failure).toMatchObject({ type: code, nonRetryable: false, message: expect.stringMatching(words) });
  const job = await bench.job(run);
  expect(job).toMatchObject({ status: 'deferred', phase: 'paused', attempts: 0 });
  expect(failure.message).toBe(`The job waits for ${job.waiting_for}.`);
  expect(bench.callsOf(run)).toEqual([]);
  await bench.db.query('delete from pantry_queue.caps');
});
