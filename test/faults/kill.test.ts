import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { sendJson, startHttpAgent } from '../support/http-agent.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { replyFor } from '../support/replies.ts';
import type { Role } from '../support/running-up.ts';
import { ALL, randomFrom, SEED } from '../support/sample.ts';
import { startTemporal } from '../support/temporal.ts';
import { expectLedgerInOrder, untilEnded } from '../support/witness.ts';
import { startWorkerProcess } from '../support/worker-process.ts';
import { type KilledQueue, startKilledQueue } from './killed-queue.ts';

const TIMEOUT_MS = 240_000;
// All of this file runs at once, since it mostly waits.
vi.setConfig({ testTimeout: TIMEOUT_MS, maxConcurrency: 10 });

/** Each takes one kill after another. */
let first: KilledQueue;
let second: KilledQueue;
beforeAll(async () => {
  [first, second] = await Promise.all([
    startKilledQueue({ slots: 4, agentMs: 300 }),
    startKilledQueue({ slots: 8, agentMs: 150 }),
  ]);
});
afterAll(() => Promise.all([first?.stop(), second?.stop()]));

/** Twenty jobs, and what strikes when three of them are being read. */
function amid(queue: KilledQueue, kill: () => Promise<void>): Promise<void> {
  return queue.underLoad({ jobs: 20, timeoutMs: 120_000 }, async () => {
    await queue.untilCalls(3);
    await kill();
  });
}

describe.concurrent('keeps every acknowledged job, with one result each', () => {
  it('when a worker is killed in the middle of a call', () => amid(first, () => first.kill('worker')));

  it('when the server is killed', () => amid(first, () => first.kill('server')));

  it('when Temporal is killed and its file deleted', () =>
    amid(first, async () => {
      await first.kill('temporal');
      await first.deleteTemporalFile();
    }));

  it('when PostgreSQL is killed', () => amid(first, () => first.kill('postgres')));

  it('when everything is killed at once, and started again', () => amid(second, () => second.kill('all')));
});

/** By the number of calls that have begun: a seed gives the same victims at the same calls. */
const JOBS = Number(process.env.FAULT_JOBS ?? (ALL ? 1_000 : 40));
const KILLS = Number(process.env.FAULT_KILLS ?? (ALL ? 20 : 2));
const VICTIMS: readonly (Role | 'all')[] = ['worker', 'server', 'temporal', 'postgres', 'worker', 'all'];
const RANDOM_TIMEOUT_MS = ALL ? 1_200_000 : TIMEOUT_MS;

describe.concurrent('at random', () => {
  it(
    `${JOBS} jobs under ${KILLS} random kills (seed ${SEED}): none lost, none doubled, paid calls are one a job and those cut`,
    () =>
      second.underLoad({ jobs: JOBS, timeoutMs: RANDOM_TIMEOUT_MS / 2 }, async () => {
        const random = randomFrom(SEED);
        for (let kill = 0; kill < KILLS; kill++) {
          await second.untilCalls(Math.floor(((kill + random()) / KILLS) * JOBS * 0.9) + 1);
          const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] ?? 'worker';
          const struck = second.kill(victim);
          // A part that is just being restarted has no pid to kill; the next one comes.
          await (victim === 'all' ? struck : struck.catch(() => {}));
        }
      }),
    RANDOM_TIMEOUT_MS,
  );
});

describe.concurrent('frozen instead of killed', () => {
  it('a worker that is frozen past its heartbeat and thawed changes nothing: the reading of its successor stays', async ({
    onTestFinished,
  }) => {
    let nth = 0;
    let release = () => {};
    const agent = await startHttpAgent((request, response) => {
      const total = `${++nth}.00`;
      const answer = () => sendJson(response, 200, replyFor(request, { total_amount: total }));
      // The first call hangs until its worker is frozen; its answer then waits in the socket of a zombie.
      if (nth === 1) release = answer;
      else answer();
    });
    onTestFinished(() => agent.close());
    // In the full run the zombie's polls stay open as long as Temporal lets them, which is 60 s.
    const temporal = await startTemporal(ALL ? {} : { dynamicConfig: ['matching.longPollExpirationInterval="5s"'] });
    onTestFinished(() => temporal.kill('SIGKILL'));
    const queue = await createInstallation({ engineAddress: temporal.address });
    onTestFinished(() => queue.dispose());
    const { db } = queue;
    const zombie = await startWorkerProcess(queue, { name: 'zombie', agentUrl: agent.url });
    onTestFinished(() => zombie.kill());
    const ids = await addReceipts(db, 1);
    await queue.queue.enqueueOcr({ receipt_id: ids[0] ?? 0 }, asOwner);
    await agent.untilCalls(1);
    process.kill(zombie.pid, 'SIGSTOP');
    release();
    const successor = await startWorkerProcess(queue, { name: 'second', agentUrl: agent.url });
    onTestFinished(() => successor.kill());
    // The engine may hand the attempt, then the workflow's own tasks, to polls that the frozen process still holds open:
    // each comes back after its time-out (12 s an attempt, 10 s a workflow task).
    await untilEnded(db, ids, 120_000);

    process.kill(zombie.pid, 'SIGCONT');
    // The zombie's row is written again by its first beat after the thaw: by then it has had its say.
    for (;;) {
      const [row] = await db.query<{ n: number }>(
        `select count(*)::int as n from pantry_queue.workers where seen_at > now() - interval '3 seconds' and running = '{}'`,
      );
      if (row?.n === 2) break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const [receipt] = await db.query('select total_amount::text from public.receipts where id = $1', [ids[0]]);
    expect(receipt?.total_amount).toBe('2.00');
    await expectLedgerInOrder({ db });
  });
});
