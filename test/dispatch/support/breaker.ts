import { beforeEach } from 'vitest';
import type { ErrorCode } from '../../../src/contract/errors.ts';
import type { RunKey } from '../../../src/contract/job.ts';
import { beginAttempt, failAttempt } from '../../../src/ledger/attempts.ts';
import { type BreakerState, noteFailure } from '../../../src/ledger/breaker/breaker.ts';
import { park } from '../../../src/ledger/parking.ts';
import { addReceipts } from '../../support/db.ts';
import { beatAs, clearJobs, useGate } from '../../support/gate.ts';
import { asOwner } from '../../support/owner.ts';
import { reply } from '../../verify/jobs.ts';

const SLOTS = 8;
export const WINDOW = 2 * SLOTS;
export const WORKER = { id: 'w1', name: 'w1' };

type JobNow = Pick<RunKey, keyof RunKey> & { state: string; attempt: number; attempts_charged: number };

/** The gate driven by hand, and what the activities do when a call fails. */
export function useBreaker() {
  const bench = useGate();
  beforeEach(async () => {
    await clearJobs(bench.db);
    await bench.db.query('delete from pantry_queue.gates');
    await beatAs(bench.db, WORKER.id, SLOTS);
    await bench.dispatch.sweep();
  });

  const jobsIn = (state: string) =>
    bench.db.query<JobNow>(
      `select kind, subject, generation, run_no as "runNo", attempt, attempts_charged, pantry_queue.state_of(status, phase) as state
     from pantry_queue.jobs where pantry_queue.state_of(status, phase) like $1 order by job_no`,
      [state],
    );
  const cap = async () => {
    const [row] = await bench.db.query<{ in_flight: number; reason: string }>(
      'select in_flight, reason from pantry_queue.open_breaker',
    );
    return row;
  };

  async function enqueue(jobs: number, user = 1): Promise<number[]> {
    const ids = await addReceipts(bench.db, jobs, user);
    await bench.queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
    return ids;
  }

  /** The pause before the next probe, or the lease of the last one, is over. */
  const pauseOver = () =>
    bench.db.query('update pantry_queue.breaker set next_probe_at = now() where next_probe_at is not null');

  async function begin(run: RunKey): Promise<'call' | 'parked'> {
    await beatAs(
      bench.db,
      WORKER.id,
      SLOTS,
      (await jobsIn('started/%')).map(({ subject }) => `ocr-${subject}`),
    );
    const begun = await beginAttempt(bench.db, run, WORKER);
    if (begun.kind === 'call') return 'call';
    if (begun.kind !== 'wait' || begun.why !== 'parked') throw new Error(`it may not begin: ${JSON.stringify(begun)}`);
    await park(bench.db, run);
    return 'parked';
  }

  /** What the activity does when a call has failed. */
  async function meet(run: RunKey, code: ErrorCode, options: { retryAfterS?: number; message?: string } = {}) {
    const [job] = await bench.db.query<{ attempt: number }>(
      'select attempt from pantry_queue.jobs where subject = $1',
      [run.subject],
    );
    const message = options.message ?? 'It failed.';
    const state = await noteFailure(bench.db, run, { code, message, retryAfterS: options.retryAfterS }, () => 0);
    const charged = state !== 'open' && code === 'agent_error';
    const next = state === 'closed' ? ({ phase: 'backoff', delayMs: 8_000 } as const) : ({ phase: 'parked' } as const);
    await failAttempt(bench.db, run, job?.attempt ?? 0, { code, message, charged }, next);
    return state;
  }

  /** All that may begin, begin; each meets the error. @returns how each left the breaker */
  async function allMeet(code: ErrorCode, options = {}): Promise<BreakerState[]> {
    const states: BreakerState[] = [];
    const calling: RunKey[] = [];
    for (const run of await jobsIn('queued/worker')) if ((await begin(run)) === 'call') calling.push(run);
    for (const run of calling) states.push(await meet(run, code, options));
    return states;
  }

  /** The calls that may be under way at once now, after each gate had its turn. */
  async function callsNow(): Promise<RunKey[]> {
    await bench.dispatch.tick();
    await bench.dispatch.tick();
    const calling: RunKey[] = [];
    for (const run of await jobsIn('queued/worker')) if ((await begin(run)) === 'call') calling.push(run);
    return calling;
  }

  const answer = async (run: RunKey) => {
    const [now] = await jobsIn('started/agent').then((jobs) => jobs.filter(({ subject }) => subject === run.subject));
    await reply(bench.db, now ?? run, now?.attempt ?? 1);
  };

  /** Reply after reply, until all may begin again. */
  async function recover(): Promise<void> {
    for (let step = 0; step < 10 && (await cap()); step++) {
      await bench.db.query('update pantry_queue.breaker set replies = 1');
      await bench.dispatch.tick();
    }
  }

  return { bench, jobsIn, cap, enqueue, pauseOver, begin, meet, allMeet, callsNow, answer, recover };
}
