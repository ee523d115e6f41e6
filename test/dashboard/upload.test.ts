import { expect, it } from 'vitest';
import { newPhoto } from '../http/support/images.ts';
import { describeInBrowser, OVER_PAGE } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';

const http = useDashboard();
const photoFile = (name: string) => ({ name, mimeType: 'image/jpeg', buffer: newPhoto() });
const receipts = async () =>
  (await http.current.db.query<{ count: number }>('select count(*)::int as count from public.receipts'))[0]?.count ?? 0;

describeInBrowser('[H2] the upload', (browser) => {
  it('[H2] takes three files, refuses one by its name and reason, and adds the others', async () => {
    const before = await receipts();
    const opened = await browser.open(`${http.current.url}/`);
    const { page } = opened;
    await page.getByRole('button', { name: 'Add receipts' }).click();
    await page
      .locator('input[type=file]')
      .setInputFiles([
        photoFile('first.jpg'),
        { name: '<b>notes</b>.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') },
        photoFile('second.jpg'),
      ]);
    await page.getByRole('button', { name: 'Add 3 receipts' }).waitFor();
    await opened.expectEveryLook({ name: 'before the upload', within: OVER_PAGE, shot: 'upload-chosen' });
    opened.allow({ statuses: [415] });
    await page.getByRole('button', { name: 'Add 3 receipts' }).click();
    await page.getByText('2 receipts added. 1 file refused.').waitFor();
    const refused = page.getByRole('listitem').filter({ hasText: '<b>notes</b>.txt' });
    expect(await refused.getByRole('alert').textContent()).toContain('no image');
    await opened.expectEveryLook({ name: 'after the upload', within: OVER_PAGE, shot: 'upload' });
    expect(await receipts()).toBe(before + 2);
    await page.getByRole('dialog').getByRole('link').first().click();
    await page.getByText('Waiting for its turn').first().waitFor();
  });

  it('[H2] takes files that are dropped on any page', async () => {
    const before = await receipts();
    const { page } = await browser.open(`${http.current.url}/ui/failed`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const bytes = [...newPhoto()];
    await page.evaluate((content) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(content)], 'dropped.jpg', { type: 'image/jpeg' }));
      for (const type of ['dragover', 'drop']) {
        window.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }
    }, bytes);
    await page.getByText('dropped.jpg', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Add 1 receipt' }).click();
    await page.getByText('1 receipt added.').waitFor();
    expect(await receipts()).toBe(before + 1);
  });

  it('[H2] that is cut in the middle can be tried again, and adds its receipt once', async () => {
    const before = await receipts();
    const opened = await browser.open(`${http.current.url}/`);
    const { page } = opened;
    opened.allow({ isAway: true });
    // The server has taken the file, and its answer is lost.
    let cuts = 0;
    const keys: (string | undefined)[] = [];
    await page.route('**/receipts', async (route) => {
      if (route.request().method() !== 'POST') return route.fallback();
      keys.push(route.request().headers()['idempotency-key']);
      if (cuts > 0) return route.fallback();
      cuts += 1;
      await route.fetch();
      return route.abort('connectionreset');
    });
    await page.getByRole('button', { name: 'Add receipts' }).click();
    await page.locator('input[type=file]').setInputFiles([photoFile('cut.jpg')]);
    await page.getByRole('button', { name: 'Add 1 receipt' }).click();
    await page.getByText('The server could not be reached.').waitFor();
    await page.getByRole('button', { name: 'Add 1 receipt' }).click();
    await page.getByText('1 receipt added.').waitFor();
    expect([cuts, await receipts()]).toEqual([1, before + 1]);
    // Not only because the same photo is known: as the same upload.
    expect(keys).toEqual([expect.any(String), keys[0]]);
  });
});
