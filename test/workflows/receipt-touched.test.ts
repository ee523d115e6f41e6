import { afterAll, beforeAll, expect, it } from 'vitest';
import { isTerminal } from '../../src/contract/job.ts';
import { scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';

let queue: Installation;
const agent = scriptedAgent();
beforeAll(async () => {
  queue = await createInstallation();
  await queue.work(agent);
  queue.dispatch.start();
});
afterAll(() => queue.dispose());

const TOUCHES = {
  receipt_deleted: 'delete from public.receipts where id = $1',
  receipt_changed: `update public.receipts set image_path = 'minio://receipts/another.jpg' where id = $1`,
} as const;

it.each(Object.entries(TOUCHES))('[Q25] a call in flight is aborted and its job ends with %s', async (code, sql) => {
  const [receiptId = 0] = await addReceipts(queue.db, 1);
  await queue.queue.enqueueOcr({ receipt_id: receiptId }, asOwner);
  const call = await agent.nextCall();
  await queue.db.query(sql, [receiptId]);
  const job = await queue.waitFor(`ocr-${receiptId}`, ({ status }) => isTerminal(status));
  expect(job).toMatchObject({ status: 'failed', result: null, error: { code } });
  call.reply();
  expect(agent.calls.filter((seen) => seen.receiptId === receiptId)).toHaveLength(1);
});

it.each(['http://169.254.169.254/latest/meta-data', 'minio://another-bucket/a.jpg', 'file:///etc/passwd', '../a.jpg'])(
  '[S5] a stored image path like %s never reaches the agent',
  async (imagePath) => {
    const [receiptId = 0] = await addReceipts(queue.db, 1);
    await queue.db.query('update public.receipts set image_path = $2 where id = $1', [receiptId, imagePath]);
    await queue.queue.enqueueOcr({ receipt_id: receiptId }, asOwner);
    const job = await queue.waitFor(`ocr-${receiptId}`, ({ status }) => isTerminal(status));
    expect(job).toMatchObject({ status: 'failed', error: { code: 'image_missing' } });
    expect(agent.calls.some((seen) => seen.receiptId === receiptId)).toBe(false);
  },
);
