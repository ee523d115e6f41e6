import { expect, it, onTestFinished } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { startHttpAgent } from '../support/http-agent.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';

const SLOTS = 3;
const RETRY_AFTER_S = 600;

it('[I11, Q16] an agent that asks 200 jobs to wait 600 s is called by no more than its slots, and by one job when the time is over', async () => {
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
    const [row] = await queue.db.query<{ open: number; charged: number; pause_s: number | null }>(
      `select (count(*) filter (where in_engine))::int as open, sum(attempts_charged)::int as charged,
              (select extract(epoch from next_probe_at - now())::int from pantry_queue.breaker) as pause_s
       from pantry_queue.jobs`,
    );
    return row;
  };
  await agent.untilCalls(1);
  await expect.poll(state, { timeout: 40_000 }).toMatchObject({ open: 0, charged: 0 });
  // Rounds of a gate as a minute brings, at once: whatever they see, they send no more.
  for (let round = 0; round < 60; round++) await queue.dispatch.tick();
  await queue.dispatch.sweep();
  expect(await state()).toMatchObject({ open: 0, charged: 0 });
  expect((await state())?.pause_s).toBeGreaterThan(RETRY_AFTER_S - 60);
  const before = agent.log.length;
  expect(before).toBeLessThanOrEqual(SLOTS);

  const { waiting_for } = await queue.queue.getJobStatus({ job_id: `ocr-${ids.at(-1)}` }, asOwner);
  expect(waiting_for).toContain('which has asked to wait');
  const { problems } = await queue.queue.queueInfo({}, asOwner);
  expect(problems).toMatchObject([{ part: 'agent', code: 'agent_rate_limited', who_acts: 'nobody', jobs: 200 }]);

  await queue.db.query('update pantry_queue.breaker set next_probe_at = now()');
  await agent.untilCalls(before + 1);
  await expect.poll(state, { timeout: 40_000 }).toMatchObject({ open: 0, charged: 0 });
  expect(agent.log).toHaveLength(before + 1);
});
