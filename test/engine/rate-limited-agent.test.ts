import { expect, it, onTestFinished } from 'vitest';
import { GATE } from '../../src/contract/policies.ts';
import { addReceipts } from '../support/db.ts';
import { startHttpAgent } from '../support/http-agent.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';

const SLOTS = 3;
const WINDOW = GATE.windowPerSlot * SLOTS;
const RETRY_AFTER_S = 600;

it('[I11] an agent that asks 200 jobs to wait 600 s is called once for each place of the window, and by no other job meanwhile', async () => {
  const agent = await startHttpAgent((_request, response) => {
    response.writeHead(429, { 'retry-after': String(RETRY_AFTER_S) }).end();
  });
  onTestFinished(() => agent.close());
  const queue = await createInstallation({ settings: { agentUrl: agent.url, agentSlots: SLOTS } });
  onTestFinished(() => queue.dispose());
  const ids = await addReceipts(queue.db, 200);
  await queue.queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
  await queue.work();

  const state = async () => {
    const [row] = await queue.db.query<{ open: number; asked: number; soonest_s: number }>(
      `select (count(*) filter (where in_engine))::int as open,
              (count(*) filter (where phase = 'backoff' and error_code = 'agent_rate_limited'))::int as asked,
              (extract(epoch from min(next_attempt_at - state_since)))::int as soonest_s
       from pantry_queue.jobs`,
    );
    return row;
  };
  await expect.poll(state, { timeout: 40_000 }).toMatchObject({ asked: WINDOW });
  // Rounds of a gate as a minute brings, at once: whatever they see, they send no more.
  for (let round = 0; round < 60; round++) await queue.dispatch.tick();
  await queue.dispatch.sweep();
  const now = await state();
  expect(now?.open).toBeLessThanOrEqual(WINDOW * GATE.openPerWindow);
  expect(now?.asked).toBe(WINDOW);
  // None calls again before the time is over: so many calls in so many seconds.
  expect(now?.soonest_s).toBeGreaterThanOrEqual(RETRY_AFTER_S);
  expect(agent.log).toHaveLength(WINDOW);
  expect(agent.log.length / RETRY_AFTER_S).toBeLessThanOrEqual(1);

  const { waiting_for } = await queue.queue.getJobStatus({ job_id: `ocr-${ids.at(-1)}` }, asOwner);
  expect(waiting_for).not.toBeNull();
  const { problems } = await queue.queue.queueInfo({}, asOwner);
  expect(problems).toMatchObject([{ part: 'agent', code: 'agent_rate_limited', jobs: WINDOW }]);
});
