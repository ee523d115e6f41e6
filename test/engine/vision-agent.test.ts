import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { json, says, startModelServer, TOKENS } from '../ocr/support/model-server.ts';
import { startService } from '../ocr/support/service.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { PHOTO, PHOTO_TOTAL } from '../support/pictures/files.ts';

it('[O4] a job waits as long as the model asks, is read once, and its cost is in the bill', async () => {
  const model = await startModelServer();
  onTestFinished(() => model.close());
  const agent = await startService(['--driver', 'openai'], {
    VISION_URL: model.url,
    VISION_MODEL: 'small-eye',
    VISION_PRICE_INPUT: '2',
    VISION_PRICE_OUTPUT: '10',
    VISION_CURRENCY: 'EUR',
  });
  onTestFinished(() => agent.stop());
  const queue = await createInstallation({ settings: { agentUrl: agent.url, agentSlots: 1 } });
  onTestFinished(() => queue.dispose());

  const reading = {
    slips: 1,
    merchant_name: 'Contoso',
    purchase_date: '2019-06-10',
    total_amount: PHOTO_TOTAL,
    tax_amount: '218.31',
    currency: 'USD',
    items: [],
  };
  model.answer = (response, asked) => {
    if (model.asked.length === 1) json(response, 429, {}, { 'retry-after': '1' });
    else says(reading)(response, asked);
  };
  const [id = 0] = await addReceipts(queue.db, 1);
  const [row] = await queue.db.query<{ image_path: string }>('select image_path from public.receipts where id = $1', [
    id,
  ]);
  const key = (row?.image_path ?? '').replace('minio://receipts/', '');
  await agent.put(path.basename(key), await readFile(PHOTO));
  await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
  await queue.work();

  const job = await queue.waitFor(`ocr-${id}`, (each) => each.status === 'finished');
  expect(job.result).toMatchObject({ merchant_name: 'Contoso', total_amount: PHOTO_TOTAL, currency: 'USD' });
  expect(model.asked).toHaveLength(2);
  const status = await queue.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner);
  const amount = ((TOKENS.input * 2 + TOKENS.output * 10) / 1_000_000).toString();
  expect(status).toMatchObject({ paid_calls: 1, costs: [{ amount, currency: 'EUR' }] });
});
