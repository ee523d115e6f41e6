import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/contract/errors.ts';
import type { Failure } from '../../src/contract/operations/failed-jobs.ts';
import { REDRIVES } from '../../src/contract/redrive.ts';
import { beginAttempt, failAttempt } from '../../src/ledger/attempts.ts';
import { forgetFailures } from '../../src/ledger/insight/failures.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { endByRun } from '../../src/ledger/run-end.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { clearJobs, useGate } from '../support/gate.ts';
import { handedOver, waiting } from '../support/job-states.ts';
import { makeJobs } from '../support/many-jobs.ts';
import { asOwner } from '../support/owner.ts';
import type { Run } from '../support/run.ts';

const bench = useGate();
beforeEach(() => clearJobs(bench.db));

const worker = { id: 'w1', name: 'w1' };

/** Fails a job as its workflow does: the attempt, then the end with the same code. */
async function fail(run: Run, code: ErrorCode, message: string, cause?: ErrorCode): Promise<void> {
  await beginAttempt(bench.db, run, worker);
  await failAttempt(bench.db, run, 1, { code, message, charged: true, cause }, undefined);
  await endByRun(bench.db, await readLedgerId(bench.db), run, { status: 'failed', code });
}

async function failed(user_id?: number): Promise<Failure[]> {
  const { failures } = await bench.queue.failedJobs(user_id === undefined ? {} : { user_id }, asOwner);
  return failures;
}
const counts = async (user?: number) =>
  (await failed(user)).map(({ error_code, jobs }) => ({ error_code, jobs })).sort((a, b) => b.jobs - a.jobs);

async function findings(): Promise<string[]> {
  const report = await verifyLedger(bench.db, {
    ledgerId: await readLedgerId(bench.db),
    workflowIdPrefix: '',
    settleMs: 0,
  });
  return report.findings.map(({ check }) => check);
}

describe('[Q9] failed_jobs', () => {
  it('[Q9] groups failed jobs by what the last attempt met, not by attempts_exhausted', async () => {
    const first = await handedOver(bench.db);
    const others = [await handedOver(bench.db), await handedOver(bench.db)];
    const says = (n: number) => `All 5 attempts failed; the last with agent_error: HTTP ${n}.`;
    await fail(first, 'attempts_exhausted', says(500), 'agent_error');
    await fail(others[0] as Run, 'attempts_exhausted', says(502), 'agent_error');
    await fail(
      others[1] as Run,
      'attempts_exhausted',
      'All 5 attempts failed; the last with agent_timeout: no answer.',
      'agent_timeout',
    );
    const [error, timeout] = await failed();
    expect(error).toMatchObject({
      error_code: 'agent_error',
      jobs: 2,
      message: says(502),
      samples: [`ocr-${others[0]?.subject}`, `ocr-${first.subject}`],
      redrive: 'now',
    });
    expect(Date.parse(error?.first_at ?? '')).toBeLessThan(Date.parse(error?.last_at ?? ''));
    expect(timeout).toMatchObject({ error_code: 'agent_timeout', jobs: 1 });
    // The group is a filter of jobs.
    const { jobs } = await bench.queue.findJobs({ fingerprint: error?.fingerprint }, asOwner);
    expect(jobs.map(({ job_id }) => job_id)).toEqual(error?.samples);
    expect(jobs[0]).toMatchObject({ error_code: 'attempts_exhausted' });
    // Its last attempt is told by what it met, too.
    const { attempts } = await bench.queue.explainJob({ job_id: `ocr-${first.subject}` }, asOwner);
    expect(attempts).toMatchObject([{ first: 1, last: 1, outcome: 'agent_error', charged: true }]);
  });

  it('[Q9] loses a job that is run again, cleared or deleted, and counts one that fails again once', async () => {
    const runs = [await handedOver(bench.db), await handedOver(bench.db), await handedOver(bench.db)];
    for (const run of runs) await fail(run, 'agent_rejected', 'It is no receipt.');
    expect(await counts()).toEqual([{ error_code: 'agent_rejected', jobs: 3 }]);
    expect(await counts(1)).toEqual([{ error_code: 'agent_rejected', jobs: 3 }]);
    expect(await counts(2)).toEqual([]);

    const [again, cleared, gone] = runs.map(({ subject }) => subject);
    await bench.queue.retryJob({ job_id: `ocr-${again}` }, asOwner);
    expect(await counts()).toEqual([{ error_code: 'agent_rejected', jobs: 2 }]);
    await bench.db.query('update pantry_queue.jobs set cleared_at = now() where subject = $1', [cleared]);
    expect(await counts()).toEqual([{ error_code: 'agent_rejected', jobs: 1 }]);
    await bench.db.query('update pantry_queue.jobs set orphaned_at = now() where subject = $1', [gone]);
    expect(await failed()).toEqual([]);

    await forgetFailures(bench.db, 100);
    expect(await bench.db.query('select * from pantry_queue.failures')).toEqual([]);
    await bench.db.query('update pantry_queue.jobs set cleared_at = null where subject = $1', [cleared]);
    expect(await counts()).toEqual([{ error_code: 'agent_rejected', jobs: 1 }]);
  });

  it('[Q9] counts what the table holds after any changes, as verify recounts it', async () => {
    const CHANGES = [
      'cleared_at = now()',
      'cleared_at = null',
      'orphaned_at = now()',
      'orphaned_at = null',
      'superseded = true',
      'superseded = false',
      `error_message = 'Something else.'`,
      `error_code = 'gave_up', error_cause = null`,
      `error_cause = 'agent_timeout'`,
    ];
    await makeJobs(
      bench.db,
      Array.from({ length: 20 }, (_, n) => ({
        subject: 70_000 + n,
        user_id: 1 + (n % 2),
        status: 'failed' as const,
        error_code: n % 3 ? 'agent_error' : 'agent_rejected',
        error_message: 'It failed.',
        superseded: true,
      })),
    );
    // Counted from here on: written past the trigger, they are no dead letters yet.
    await bench.db.query('update pantry_queue.jobs set superseded = false');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...CHANGES), fc.subarray(Array.from({ length: 20 }, (_, n) => 70_000 + n))), {
          maxLength: 6,
        }),
        async (changes) => {
          for (const [set, subjects] of changes) {
            await bench.db.query(`update pantry_queue.jobs set ${set} where subject = any ($1::bigint[])`, [subjects]);
          }
          await forgetFailures(bench.db, 100);
          expect((await findings()).filter((check) => check === 'failure_count')).toEqual([]);
          const kept = await bench.db.query<{ n: number }>(
            `select count(*)::int as n from pantry_queue.jobs
             where status = 'failed' and not superseded and cleared_at is null and orphaned_at is null`,
          );
          expect((await failed()).reduce((sum, { jobs }) => sum + jobs, 0)).toBe(kept[0]?.n);
        },
      ),
      { numRuns: 25 },
    );
    await bench.db.query(
      'update pantry_queue.jobs set cleared_at = null, orphaned_at = null, superseded = false where subject = 70000',
    );
    await bench.db.query('update pantry_queue.failures set n = n + 1');
    expect(await findings()).toContain('failure_count');
    await bench.db.query('update pantry_queue.failures set n = n - 1');
  });

  it('[Q9] pages through more causes than one page holds, each once', async () => {
    await makeJobs(
      bench.db,
      Array.from({ length: 23 }, (_, n) => ({
        subject: 80_000 + n,
        status: 'failed' as const,
        error_code: 'agent_error',
        error_message: `Reason ${String.fromCharCode(97 + n)} it was.`,
        superseded: true,
      })),
    );
    await bench.db.query('update pantry_queue.jobs set superseded = false');
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await bench.queue.failedJobs({ limit: 5, ...(cursor === undefined ? {} : { cursor }) }, asOwner);
      seen.push(...page.failures.map(({ fingerprint }) => fingerprint));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(23);
    expect(new Set(seen).size).toBe(23);
  });

  it.each(Object.keys(ERRORS) as ErrorCode[])(
    '[Q9] says for %s whether running it again can help, and the next step',
    async (code) => {
      const run = await waiting(bench.db);
      await bench.db.query(
        `update pantry_queue.jobs set status = 'failed', phase = null, ended_at = now(), error_code = $2, error_message = 'x'
       where subject = $1`,
        [run.subject, code],
      );
      const [failure] = await failed();
      expect(failure?.error_code).toBe(code);
      expect(REDRIVES).toContain(failure?.redrive);
      expect(failure?.hint).toMatch(/\w/);
      expect(/redrive_failed_jobs/.test(failure?.hint ?? '')).toBe(failure?.redrive !== 'never');
    },
  );
});
