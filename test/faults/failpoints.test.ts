import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import { expectLedgerInOrder } from '../support/witness.ts';
import {
  FAILPOINTS,
  type Failpoint,
  failpointAgent,
  failpointWrap,
  type Moment,
  PATHS,
  type Strike,
} from './failpoints.ts';

/** Every point × {the work is not done, the work is done but the caller sees a time-out}, once each, all at once. */
const cases = FAILPOINTS.flatMap((point) => (['before', 'after'] as const).map((moment) => ({ point, moment })));

// They wait for each other's processor time, so each has the time of all.
vi.setConfig({ maxConcurrency: cases.length, testTimeout: 120_000 });

const armed = new Map<string, { point: Failpoint; moment: Moment }>();
const struck: string[] = [];
const calls = new Map<number, number>();
const behaviours = new Map<number, (typeof PATHS)[Failpoint]['agent']>();

/** Points that no receipt is known at strike whatever comes by first. */
const ANYBODY = 'anybody';

const strike: Strike = async (point, moment, receiptId) => {
  for (const key of [`${receiptId}`, `${ANYBODY}/${point}/${moment}`]) {
    const fault = armed.get(key);
    if (fault?.point !== point || fault.moment !== moment) continue;
    armed.delete(key);
    struck.push(`${point}/${moment}`);
    const code =
      point === 'start' || point === 'engine-cancel'
        ? 'engine_unavailable'
        : point === 'call'
          ? 'agent_error'
          : 'ledger_unavailable';
    throw new AppError(code, 'The connection was lost.');
  }
};

let queue: Installation;
beforeAll(async () => {
  queue = await createInstallation({ wrap: failpointWrap(strike) });
  await queue.work(
    failpointAgent(strike, {
      async extract(request, { signal }) {
        const nth = (calls.get(request.receipt_id) ?? 0) + 1;
        calls.set(request.receipt_id, nth);
        const behaviour = behaviours.get(request.receipt_id);
        if (behaviour === 'refuses') throw new AppError('agent_rejected', 'The agent refused the receipt (HTTP 422).');
        if (behaviour === 'fails-once' && nth === 1) throw new AppError('agent_error', 'The agent failed (HTTP 500).');
        if (behaviour === 'hangs') {
          return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        }
        return bytesOf(replyFor(request));
      },
    }),
  );
});
afterAll(() => queue.dispose());

/** Asks until it is answered, as a caller does that sees time-outs. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
}

describe.concurrent('a fault at any step, whether the work was done or not', () => {
  it.each(cases)('$point, $moment: the job ends as it should, once', async ({ point, moment }) => {
    const [id = 0] = await addReceipts(queue.db, 1);
    const { agent, ends } = PATHS[point];
    behaviours.set(id, agent);
    const fault = { point, moment };
    if (point === 'admit') armed.set(`${ANYBODY}/${point}/${moment}`, fault);
    else armed.set(`${id}`, fault);

    await insist(() => queue.queue.enqueueOcr({ receipt_id: id }, asOwner));
    if (agent === 'hangs') {
      await queue.waitFor(`ocr-${id}`, (job) => job.phase === 'agent');
      await insist(() => queue.queue.cancelJob({ job_id: `ocr-${id}` }, asOwner));
    }
    const job = await queue.waitFor(`ocr-${id}`, (each) => each.ended_at !== null, 110_000);
    expect(job).toMatchObject({ status: ends, generation: 1 });
    // The end that the work itself has made is seen before the fault strikes behind it.
    await vi.waitFor(() => expect(struck).toContain(`${point}/${moment}`), { timeout: 10_000 });
    // A reply that arrived is paid for once; only a call that broke off may be made again.
    const paidAgain = (agent === 'fails-once' ? 1 : 0) + (point === 'call' ? 1 : 0);
    expect(calls.get(id) ?? 0).toBeLessThanOrEqual(1 + paidAgain);
  });
});

describe('after all of it', () => {
  it('the ledger is in order', () => expectLedgerInOrder(queue));
});
