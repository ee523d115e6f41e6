import { expect, it, onTestFinished } from 'vitest';
import { backoffMs } from '../../dashboard/api/backoff.ts';
import { newPhoto } from '../http/support/images.ts';
import { describeInBrowser } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { type Front, startFront } from './support/front.ts';
import { upload } from './support/reading.ts';

const http = useDashboard();

it('[H4] a line that was ended is tried again after 1, 2, 4 and at most 30 seconds', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(backoffMs)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

async function frontOf(): Promise<Front> {
  const front = await startFront(http.current.port);
  onTestFinished(() => front.goAway());
  return front;
}

describeInBrowser('[H4] the dashboard and what happens', (browser) => {
  it('[H4] says since when it is cut off from a server that starts again, and is complete when that is back', async () => {
    const front = await frontOf();
    const opened = await browser.open(`${front.url}/`);
    const { page } = opened;
    opened.allow({ isAway: true });
    await page.getByText('Live', { exact: true }).waitFor();
    await front.goAway();
    await page.getByText(/^Reconnecting, data of \d\d:\d\d:\d\d$/).waitFor();
    // Accepted while the page could not hear of it.
    const missed = await upload(http.current, newPhoto());
    await front.comeBack();
    await page.getByText('Live', { exact: true }).waitFor();
    await page
      .getByRole('table')
      .getByRole('link', { name: `ocr-${missed}`, exact: true })
      .waitFor();
  });

  it('[H4] comes back by itself after a proxy has answered 503, which ends an EventSource for good', async () => {
    const front = await frontOf();
    const opened = await browser.open(`${front.url}/`);
    const { page } = opened;
    opened.allow({ isAway: true, statuses: [503] });
    await page.getByText('Live', { exact: true }).waitFor();
    front.refuse(true);
    await page.getByText(/^Reconnecting/).waitFor();
    await expect
      .poll(
        () =>
          page.evaluate(
            () => performance.getEntriesByType('resource').filter(({ name }) => name.includes('/events')).length,
          ),
        { timeout: 20_000 },
      )
      .toBeGreaterThan(1);
    front.refuse(false);
    await page.getByText('Live', { exact: true }).waitFor();
    const receipt = await upload(http.current, newPhoto());
    await page
      .getByRole('table')
      .getByRole('link', { name: `ocr-${receipt}`, exact: true })
      .waitFor();
  });

  it('[H4] takes one stream of a browser for seven tabs, and all of them follow', async () => {
    const front = await frontOf();
    const { page } = await browser.open(`${front.url}/`);
    const tabs = [page];
    for (let nth = 1; nth < 7; nth += 1) tabs.push(await page.context().newPage());
    for (const tab of tabs.slice(1)) await tab.goto(`${front.url}/`);
    for (const tab of tabs) await tab.getByText('Live', { exact: true }).waitFor();
    expect(front.streams()).toBe(1);
    const receipt = await upload(http.current, newPhoto());
    for (const tab of tabs)
      await tab
        .getByRole('table')
        .getByRole('link', { name: `ocr-${receipt}`, exact: true })
        .waitFor();
    // The tab that has the stream is closed: another takes over behind the last event.
    await page.close();
    await expect.poll(() => front.streams()).toBe(1);
    const next = await upload(http.current, newPhoto());
    for (const tab of tabs.slice(1))
      await tab
        .getByRole('table')
        .getByRole('link', { name: `ocr-${next}`, exact: true })
        .waitFor();
  });

  it('[H4] asks for everything again when the server says that events may be missing', async () => {
    const front = await frontOf();
    const receipt = await upload(http.current, newPhoto());
    const { page } = await browser.open(`${front.url}/`);
    await page.getByText('Live', { exact: true }).waitFor();
    await page
      .getByRole('table')
      .getByRole('link', { name: `ocr-${receipt}`, exact: true })
      .waitFor();
    // Changed without any event, as in what lies before a cursor that is too old.
    await http.current.db.query(`update public.receipts set merchant_name = 'Told by no event' where id = $1`, [
      receipt,
    ]);
    front.sayResync();
    await page.getByText('Told by no event').waitFor();
  });

  it('[H4] of a tab that was frozen, as on a laptop that slept, is complete when it goes on', async () => {
    const { page } = await browser.open(`${http.current.url}/`);
    await page.getByText('Live', { exact: true }).waitFor();
    const line = await page.context().newCDPSession(page);
    await line.send('Page.setWebLifecycleState', { state: 'frozen' });
    const receipt = await upload(http.current, newPhoto());
    await line.send('Page.setWebLifecycleState', { state: 'active' });
    await page
      .getByRole('table')
      .getByRole('link', { name: `ocr-${receipt}`, exact: true })
      .waitFor();
  });
});
