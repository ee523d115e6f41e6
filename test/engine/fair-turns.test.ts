import { expect, it, onTestFinished } from 'vitest';
import { GATE } from '../../src/contract/policies.ts';
import { createEngineClient } from '../../src/engine/connection.ts';
import { scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';

const QUEUED = 200;
const [NOISY, ...OTHERS] = [1, 2, 3, 4, 5];

it.each([1, 4])(
  '[Q10] the first free one of %i slots goes to an owner who comes while another has hundreds queued, who is not passed over for long',
  async (slots) => {
    const queue = await createInstallation({ settings: { agentSlots: slots } });
    onTestFinished(() => queue.dispose());
    const temporal = createEngineClient(queue.settings.engine);
    onTestFinished(() => temporal.connection.close());
    const agent = scriptedAgent();
    await queue.work(agent);
    const noisy = await addReceipts(queue.db, QUEUED, NOISY);
    await queue.queue.enqueueBatchOcr({ receipt_ids: noisy }, asOwner);
    const reading = [];
    for (let slot = 0; slot < slots; slot++) reading.push(await agent.nextCall());
    // What waits in Temporal by now is all of the noisy owner.
    const window = Math.max(GATE.minWindow, GATE.windowPerSlot * slots);
    await expect.poll(handedOver, { timeout: 30_000 }).toBe(window);
    for (const id of await waiting()) await waitsForASlot(id);

    const newcomers: number[] = [];
    for (const owner of OTHERS) newcomers.push(...(await addReceipts(queue.db, 1, owner)));
    for (const receipt_id of newcomers) await queue.queue.enqueueOcr({ receipt_id }, asOwner);
    await waitsForASlot(newcomers[0] ?? 0);
    const isOfNewcomer: boolean[] = [];
    for (let call = 0; call < OTHERS.length; call++) {
      reading.shift()?.reply();
      const next = await agent.nextCall();
      isOfNewcomer.push(newcomers.includes(next.receiptId));
      reading.push(next);
    }
    expect(isOfNewcomer[0]).toBe(true);
    expect(isOfNewcomer).toContain(false);

    async function handedOver() {
      const [row] = await queue.db.query<{ n: number }>(
        'select count(*)::int as n from pantry_queue.jobs where in_engine and handed_over_at is not null',
      );
      return row?.n;
    }
    async function waiting() {
      const rows = await queue.db.query<{ id: number }>(
        `select subject::int as id from pantry_queue.jobs where in_engine and phase = 'worker'`,
      );
      return rows.map(({ id }) => id);
    }
    async function waitsForASlot(id: number) {
      await queue.waitFor(`ocr-${id}`, (job) => job.phase === 'worker');
      const workflow = temporal.workflow.getHandle(`${queue.settings.workflowIdPrefix}ocr-${id}`);
      const steps = async () => {
        const { pendingActivities } = (await workflow.describe()).raw;
        return pendingActivities?.map(({ activityType }) => activityType?.name);
      };
      await expect.poll(steps, { timeout: 30_000 }).toEqual(['callAgent']);
    }
  },
);
