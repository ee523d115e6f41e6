import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';

let queue: Installation;
beforeAll(async () => {
  queue = await createInstallation();
});
afterAll(() => queue.dispose());

it('reads a receipt once and saves it', async () => {
  const calls: string[] = [];
  await queue.work({
    async extract(request, { idempotencyKey }) {
      calls.push(idempotencyKey);
      return bytesOf(replyFor(request));
    },
  });
  const [id = 0] = await addReceipts(queue.db, 1);
  const accepted = await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
  expect(accepted).toMatchObject({ job_id: `ocr-${id}`, status: 'queued', deduplicated: false, position: 0 });

  const job = await queue.waitFor(`ocr-${id}`, (each) => each.status === 'finished');
  expect(calls).toEqual([`ocr-${id}:1:${await readLedgerId(queue.db)}`]);
  expect(job.result).toMatchObject({ merchant_name: 'Corner Shop', total_amount: '12.50', needs_review: false });

  const receipt = await queue.queue.getReceipt({ receipt_id: id }, asOwner);
  expect(receipt).toMatchObject({ ocr_status: 'completed', merchant_name: 'Corner Shop', total_amount: '12.50' });
  expect(receipt.items).toHaveLength(2);

  const handle = queue.client.workflow.getHandle(job.workflow_id);
  const history = await handle.fetchHistory();
  expect(history.events?.length).toBeLessThanOrEqual(14);
});
