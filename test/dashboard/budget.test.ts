import { beforeAll, expect, it } from 'vitest';
import { PAGE_ROWS } from '../../dashboard/pages.ts';
import { newPhoto } from '../http/support/images.ts';
import { describeInBrowser } from './support/browser.ts';
import { NOTHING, useDashboard } from './support/dashboard.ts';
import { readReceipt, upload } from './support/reading.ts';

const OVERVIEW_BYTES = 150_000;
const PAGE_BYTES = 180_000;
const http = useDashboard();
let receipt = 0;
beforeAll(async () => {
  receipt = await upload(http.current, newPhoto());
  await readReceipt(http.current, receipt);
});

/** Of a batch or webhook there is none here: those pages are lists like others. */
const SHOWN = PAGE_ROWS.filter(([key]) => key !== 'batch' && key !== 'webhook');
const IDS: Readonly<Record<string, () => string>> = { job: () => `ocr-${receipt}`, reviewOne: () => String(receipt) };

describeInBrowser('[H7] the weight of the dashboard', (browser) => {
  it.each(SHOWN.map(([key, { path }]) => [path, key] as const))(
    '[H7] %s is light on a cold cache',
    async (path, key) => {
      const opened = await browser.open(`${http.current.url}${NOTHING}`);
      const { page } = opened;
      const line = await page.context().newCDPSession(page);
      await line.send('Network.enable');
      const ofImages = new Set<string>();
      const underWay = new Set<string>();
      let bytes = 0;
      line.on('Network.requestWillBeSent', ({ requestId, request }) => {
        // The stored photograph is the reader’s own, not ours.
        if (request.url.includes('/image')) ofImages.add(requestId);
        if (!request.url.includes('/events')) underWay.add(requestId);
      });
      line.on('Network.loadingFailed', ({ requestId }) => underWay.delete(requestId));
      line.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        underWay.delete(requestId);
        if (!ofImages.has(requestId)) bytes += encodedDataLength;
      });
      await page.goto(`${http.current.url}${path.replace(':id', IDS[key]?.() ?? 'none')}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      if (key === 'overview') await page.getByRole('figure').first().waitFor();
      await expect.poll(() => underWay.size).toBe(0);
      expect(bytes).toBeGreaterThan(50_000);
      expect(bytes).toBeLessThanOrEqual(key === 'overview' ? OVERVIEW_BYTES : PAGE_BYTES);
    },
  );
});
