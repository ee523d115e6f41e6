import { expect, it, onTestFinished } from 'vitest';
import { CALL_AGENT, GATE } from '../../src/contract/policies.ts';
import { scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import { failAll, queued } from '../support/failed-jobs.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { expectLedgerInOrder, untilEnded } from '../support/witness.ts';

async function installed(agentSlots: number): Promise<Installation> {
  const queue = await createInstallation({ settings: { agentSlots } });
  onTestFinished(() => queue.dispose());
  return queue;
}

it('[Q23] 100 failed jobs whose replies are stored are run again without one call of the agent', async () => {
  const { db, queue, work } = await installed(20);
  const paid = await queued(db, 100);
  await failAll(db, { withReplies: true });
  const unpaid = await queued(db, 2);
  await failAll(db);
  const { confirm_token, cost } = await queue.redriveFailedJobs({}, asOwner);
  expect(cost).toEqual({ agent_calls: unpaid.length, stored_replies: paid.length });
  await queue.redriveFailedJobs({ confirm_token }, asOwner);
  const agent = scriptedAgent((call) => call.reply());
  // The gate beside the worker works the slices.
  await work(agent);
  await expect
    .poll(() => queue.queueInfo({}, asOwner), { timeout: 50_000, interval: 250 })
    .toMatchObject({
      finished_jobs: paid.length + unpaid.length,
    });
  await untilEnded(db, [...paid, ...unpaid], 5_000);
  expect(agent.calls.map(({ receiptId }) => receiptId).sort()).toEqual(unpaid.sort());
  await expectLedgerInOrder({ db });
});

it('[Q7] a bulk that cancels running jobs aborts their calls of the agent', async () => {
  const { db, queue, work, waitFor } = await installed(3);
  const ids = await addReceipts(db, 4);
  const { batch_id } = await queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
  const agent = scriptedAgent();
  await work(agent);
  const calls = await Promise.all([agent.nextCall(), agent.nextCall(), agent.nextCall()]);
  const aborted = Promise.all(
    calls.map(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve))),
  );
  const { confirm_token } = await queue.cancelJobs({ batch_id: batch_id ?? '' }, asOwner);
  const told = await queue.cancelJobs({ confirm_token }, asOwner);
  expect(told).toMatchObject({ written: { uncalled: 1, aborting: 3 }, bulk: { state: 'ended', done: 4 } });
  await aborted;
  for (const id of ids) await waitFor(`ocr-${id}`, ({ status }) => status === 'canceled');
  expect(agent.calls).toHaveLength(3);
});

it('[Q7] the longest way of a cancel to the agent takes at most 10 s', () => {
  // The next round of the gate, then the next heartbeat that the SDK sends.
  const longestMs = GATE.tickMs + CALL_AGENT.heartbeatEveryMs + CALL_AGENT.maxHeartbeatThrottleMs;
  expect(longestMs).toBeLessThanOrEqual(GATE.cancelingMs);
  expect(GATE.cancelingMs + GATE.sweepEveryMs).toBeLessThanOrEqual(10_000);
});
