import { expect, it } from 'vitest';
import { newPhoto } from '../http/support/images.ts';
import { describeInBrowser } from './support/browser.ts';
import { NOTHING, useDashboard } from './support/dashboard.ts';
import { HOSTILE, readReceipt, upload } from './support/reading.ts';

const http = useDashboard();
const SHOWN = '<img src=x onerror=alert(1)></script>gpj.exe{{7*7}}';
const place = (x: number, y: number, width: number, height: number) => ({
  region: { x, y, width, height },
  reading_confidence: 0.9,
  confidence: 0.9,
  rule: 'a word beside it',
});

describeInBrowser('[H7] one job', (browser) => {
  it('[H7] is followed from its upload to its reading without a reload', async () => {
    const { current } = http;
    const receipt = await upload(current, newPhoto());
    const { page } = await browser.open(`${current.url}/ui/jobs/ocr-${receipt}`);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('Waiting for its turn').first().waitFor();
    await readReceipt(current, receipt);
    await page.getByRole('table', { name: 'Fields' }).getByText('12.50 EUR').waitFor();
    await page.getByRole('table', { name: 'Items' }).getByText('Cheese').waitFor();
    expect(await page.title()).toBe(`ocr-${receipt} · pantry-queue`);
  });

  it('[H7] frames on the image the value that has the focus, and moves by [ and ] from value to value', async () => {
    const { current } = http;
    const receipt = await upload(current, newPhoto());
    const evidence = {
      page: { width: 600, height: 800, turned_degrees: 0 },
      fields: { merchant_name: place(0.1, 0.1, 0.5, 0.05), total_amount: place(0.6, 0.8, 0.3, 0.05) },
      items: [place(0.1, 0.4, 0.8, 0.05)],
    };
    await readReceipt(current, receipt, { evidence });
    const { page, expectEveryLook } = await browser.open(`${current.url}/ui/jobs/ocr-${receipt}`);
    const fields = page.getByRole('table', { name: 'Fields' });
    await fields.getByRole('button', { name: '12.50 EUR' }).focus();
    await expect.poll(() => page.locator('rect[data-field][class*="active"]').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('[');
    await fields.locator('tr[data-active="true"]').getByText('Corner Shop').waitFor();
    await page.keyboard.press(']');
    await fields.locator('tr[data-active="true"]').getByText('12.50 EUR').waitFor();
    await expectEveryLook({ shot: 'job' });
  });

  it.each([
    ['of another agent', { total: { box: [1, 2, 3, 4] } }],
    ['that is a text', 'nothing'],
    ['far beyond the page', { fields: { total_amount: { region: { x: 7, y: 7, width: 1, height: 1 } } }, items: 'x' }],
  ])('[H7] shows its values without a frame where the evidence is one %s', async (_what, evidence) => {
    const { current } = http;
    const receipt = await upload(current, newPhoto());
    await readReceipt(current, receipt, { evidence });
    const { page } = await browser.open(`${current.url}/ui/jobs/ocr-${receipt}`);
    await page.getByRole('table', { name: 'Fields' }).getByText('12.50 EUR').waitFor();
    expect(await page.locator('rect[data-field]').count()).toBe(0);
  });

  it('[H7] shows hostile text of shop, items and page as text, and moves nothing', async () => {
    const { current } = http;
    const receipt = await upload(current, newPhoto());
    const item = {
      item_name: `${HOSTILE}${'y'.repeat(150)}`,
      total_price: '12.50',
      currency: 'EUR',
      confidence: 0.9,
    };
    await readReceipt(current, receipt, {
      metadata: {
        merchant_name: `${HOSTILE}${'m'.repeat(120)}`,
        total_amount: '12.50',
        currency: 'EUR',
        purchase_date: '2026-01-30',
        confidence: 0.9,
      },
      items: [{ ...item, quantity: '1', unit_price: '12.50' }],
      raw_text: `javascript:alert(1)\n${HOSTILE}\n${'z'.repeat(10_000)}`,
    });
    const { page, expectEveryLook } = await browser.open(`${current.url}/ui/jobs/ocr-${receipt}`);
    await page.getByRole('table', { name: 'Items' }).getByText(SHOWN).waitFor();
    await page.getByText('All text on the page').click();
    await page.getByText('javascript:alert(1)').waitFor();
    expect(await page.locator('bdi img').count()).toBe(0);
    await expectEveryLook({ name: 'with the text open' });
  });

  it('[H7] is canceled after a question, and then read again as the next generation', async () => {
    const { current } = http;
    const receipt = await upload(current, newPhoto());
    const opened = await browser.open(`${current.url}/ui/jobs/ocr-${receipt}`);
    const { page } = opened;
    await page.getByRole('button', { name: 'Cancel…' }).waitFor();
    await page.keyboard.press('c');
    await page.getByRole('alertdialog').waitFor();
    await page.getByRole('button', { name: 'Cancel the job' }).click();
    await page.getByText('Canceled', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('Waiting for its turn').first().waitFor();
    await page.getByRole('link', { name: '1', exact: true }).click();
    await page.getByText('Canceled', { exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/ui/jobs/ocr-${receipt}.1`);
  });

  it('[H7] that does not exist says so, with the code and the hint of the server, and the page stands', async () => {
    const opened = await browser.open(`${http.current.url}${NOTHING}`);
    opened.allow({ statuses: [404] });
    await opened.page.goto(`${http.current.url}/ui/jobs/ocr-999999`);
    const alert = opened.page.getByRole('alert');
    await alert.getByText('job_not_found').waitFor();
    await opened.page.getByRole('link', { name: 'Jobs' }).waitFor();
    await opened.expectAccessible();
  });
});
