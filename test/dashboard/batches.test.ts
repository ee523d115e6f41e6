import { expect, it } from 'vitest';
import { newPhoto } from '../http/support/images.ts';
import { addReceipts } from '../support/db.ts';
import { asOwner } from '../support/owner.ts';
import { describeInBrowser } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { readReceipt, upload } from './support/reading.ts';

const http = useDashboard();

async function pending(count: number): Promise<number[]> {
  const ids: number[] = [];
  while (ids.length < count) ids.push(await upload(http.current, newPhoto()));
  // As the replaced system leaves them: uploaded, and never queued.
  await http.current.db.query('delete from pantry_queue.jobs where subject = any($1)', [ids]);
  return ids;
}

describeInBrowser('[Q3] the page of batches', (browser) => {
  it('[Q3] queues all pending receipts after telling how many, and follows them to the end without a reload', async () => {
    const ids = await pending(3);
    const { page } = await browser.open(`${http.current.url}/ui/batches`);
    await page.getByText('No batch yet').waitFor();
    await page.getByRole('button', { name: 'Queue pending…' }).click();
    await page.getByText('3 agent calls').waitFor();
    await page.getByRole('button', { name: 'Queue 3 receipts' }).click();
    await page.waitForURL(/\/ui\/batches\/batch-/);
    await page.getByText('0 of 3 receipts have ended.').waitFor();
    const bar = page.getByRole('progressbar', { name: 'How many receipts have ended' });
    for (const [at, id] of ids.entries()) {
      await readReceipt(http.current, id);
      await expect.poll(() => bar.getAttribute('aria-valuenow')).toBe(String(at + 1));
    }
    await page.getByText('All 3 receipts have ended.').waitFor();
    await page.getByRole('link', { name: `ocr-${ids[0]}` }).waitFor();
    await page.getByRole('link', { name: 'Batches' }).click();
    await page.getByRole('button', { name: 'Queue pending…' }).click();
    await page.getByText('No receipt is pending').waitFor();
    expect(await page.getByRole('button', { name: 'Queue receipts' }).getAttribute('aria-disabled')).toBe('true');
  });

  it('[Q3] says so when there is no such batch', async () => {
    const { page, allow } = await browser.open(`${http.current.url}/ui/batches/none`);
    allow({ statuses: [404] });
    await page.getByRole('alert').getByText('batch_not_found').waitFor();
  });

  it('[H7] is accessible and fits, in every look', async () => {
    const ids = await addReceipts(http.current.db, 4);
    await http.current.db.query(
      `update public.receipts set image_path = (select image_path from public.receipts order by id limit 1) where id = any($1)`,
      [ids],
    );
    const { batch_id } = await http.current.queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
    const { page, expectEveryLook } = await browser.open(`${http.current.url}/ui/batches`);
    await page.getByRole('row').nth(1).waitFor();
    await expectEveryLook({ name: 'the list', shot: 'batches' });
    await page.goto(`${http.current.url}/ui/batches/${batch_id}`);
    await page.getByRole('row').nth(1).waitFor();
    await expectEveryLook({ name: 'one batch', shot: 'batch' });
  });
});
