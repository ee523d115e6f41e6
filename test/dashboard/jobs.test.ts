import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { newPhoto } from '../http/support/images.ts';
import { makeJobs } from '../support/many-jobs.ts';
import { describeInBrowser } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { HOSTILE, upload } from './support/reading.ts';
import { tasksDuring } from './support/tasks.ts';

const MANY = 10_000;
const PAGES = MANY / 200;
const http = useDashboard();
beforeAll(async () => {
  await makeJobs(
    http.current.db,
    Array.from({ length: MANY }, (_, n) => ({
      subject: 1 + n,
      status: n % 3 === 0 ? ('failed' as const) : ('finished' as const),
      error_code: n % 3 === 0 ? 'agent_rejected' : null,
      error_message: 'The agent refused it.',
      user_id: n === MANY - 2 ? 77 : 1,
      merchant: n === MANY - 1 ? `${HOSTILE}${'x'.repeat(180)}` : n % 2 === 0 ? 'Corner Shop' : 'Market Hall',
      created_ago: MANY - n,
    })),
  );
  await http.current.db.query(`select setval('public.receipts_id_seq', 20000)`);
});

/** Ends when the page is told of the next event. */
function hearOfNext(): Promise<void> {
  const channel = new BroadcastChannel('pantry-queue events');
  return new Promise((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<{ kind: string }>) => data.kind === 'event' && resolve();
  });
}

const rows = (page: Page) => page.getByRole('table', { name: 'Jobs' }).getByRole('row');
const ids = async (page: Page) =>
  (await page.getByRole('table', { name: 'Jobs' }).getByRole('link').allTextContents()).slice(0, 10);

describeInBrowser('[H7] the jobs', (browser) => {
  it('[H7] shows hostile text of a merchant as text, in every look', async () => {
    const { page, expectEveryLook } = await browser.open(`${http.current.url}/ui/jobs`);
    await rows(page).nth(5).waitFor();
    await page.getByText('<img src=x onerror=alert(1)></script>gpj.exe{{7*7}}').waitFor();
    await expectEveryLook({ shot: 'jobs' });
  });

  it('[H7] of ten thousand scrolls to the end by pages of the server, with few rows in the page at any moment', async ({
    annotate,
  }) => {
    const { page } = await browser.open(`${http.current.url}/ui/jobs`);
    await rows(page).nth(5).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === '/jobs') asked.push(searchParams.get('limit') ?? '');
    });
    let most = 0;
    const { longMs, longestProcessorMs } = await tasksDuring(page, async () => {
      for (let loaded = 400; loaded <= MANY; loaded += 200) {
        await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
        most = Math.max(most, await rows(page).count());
        await page.locator(`table[aria-rowcount="${loaded + 1}"]`).waitFor();
      }
      await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
      await page.getByRole('link', { name: 'ocr-1', exact: true }).waitFor();
      most = Math.max(most, await rows(page).count());
    });
    expect(most).toBeLessThanOrEqual(60);
    // The first page was there before; each other one was asked for once.
    expect(asked).toEqual(Array.from({ length: PAGES - 1 }, () => '200'));
    await annotate(
      `scrolling ${MANY} jobs: the longest task had the processor for ${longestProcessorMs} ms; by the clock ${longMs.length} took more than 50 ms, the longest ${Math.max(0, ...longMs)} ms`,
    );
  });

  it('[H7] filters in the address: back, reload and a copied address give the same list', async () => {
    const { current } = http;
    const { page } = await browser.open(`${current.url}/ui/jobs`);
    await rows(page).nth(5).waitFor();
    const all = await ids(page);
    await page.getByRole('button', { name: /^Failed/ }).click();
    await expect.poll(() => ids(page)).not.toEqual(all);
    const failed = await ids(page);
    await page.keyboard.press('/');
    await page.keyboard.press('Enter', { delay: 20 });
    await page.getByLabel('Owner').fill('77');
    await page.getByRole('button', { name: 'Filter' }).last().click();
    await page.getByText('No job matches this filter').waitFor();
    await page.getByRole('button', { name: 'Remove filter Owner 77' }).waitFor();
    const address = page.url();
    expect(new URL(address).search).toBe('?status=failed&user_id=77');

    await page.goBack();
    await expect.poll(() => ids(page)).toEqual(failed);
    await page.goBack();
    await expect.poll(() => ids(page)).toEqual(all);
    await page.goForward();
    await expect.poll(() => ids(page)).toEqual(failed);
    await page.reload();
    await expect.poll(() => ids(page)).toEqual(failed);
    const copied = await browser.open(address);
    await copied.page.getByText('No job matches this filter').waitFor();
    await copied.page.getByRole('button', { name: 'Remove filter', exact: true }).click();
    await expect.poll(() => ids(copied.page)).toEqual(all);
    // By the link of the navigation no filter stays behind.
    await page.getByRole('navigation').getByRole('link', { name: 'Jobs' }).click();
    await expect.poll(() => ids(page)).toEqual(all);
  });

  it('[H7] moves from row to row by keys and opens one by Enter', async () => {
    const { page, allow } = await browser.open(`${http.current.url}/ui/jobs?user_id=1`);
    // The page of a job asks for its receipt's image, which these do not have.
    allow({ statuses: [422] });
    await rows(page).nth(5).waitFor();
    const [first, second] = await ids(page);
    await page.keyboard.press('j');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(first);
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(second);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: second ?? '' }).waitFor();
  });

  it('[H7] keeps every row where it stands when something happens: new jobs wait until they are asked for', async () => {
    const { current } = http;
    const { page } = await browser.open(`${current.url}/ui/jobs`);
    await page.getByText('Live', { exact: true }).waitFor();
    await rows(page).nth(5).waitFor();
    const before = await ids(page);
    const receipt = await upload(current, newPhoto());
    const fresh = page.getByRole('button', { name: '1 new job: show it' });
    await fresh.waitFor();
    expect(await ids(page)).toEqual(before);
    await fresh.click();
    await expect.poll(async () => (await ids(page))[0]).toBe(`ocr-${receipt}`);

    await current.fetch(`/jobs/ocr-${receipt}/cancel`, { method: 'POST' });
    await rows(page).nth(1).getByText('Canceled').waitFor();
    expect((await ids(page))[0]).toBe(`ocr-${receipt}`);
  });

  it('[H7] changes nothing while its reader has paused updates, says since when, and then shows what was missed', async () => {
    const { current } = http;
    const { page } = await browser.open(`${current.url}/ui/jobs`);
    await page.getByText('Live', { exact: true }).waitFor();
    await rows(page).nth(5).waitFor();
    await page.keyboard.press('p');
    await page.getByText(/^Paused by you, data of \d\d:\d\d:\d\d$/).waitFor();
    const before = await ids(page);
    const receipt = await upload(current, newPhoto());
    const isTold = page.evaluate(hearOfNext);
    const second = await upload(current, newPhoto());
    await isTold;
    expect(await page.getByRole('button', { name: /new job/ }).count()).toBe(0);
    expect(await ids(page)).toEqual(before);
    await page.keyboard.press('p');
    await page.getByText('Live', { exact: true }).waitFor();
    for (const id of [receipt, second]) await page.getByRole('link', { name: `ocr-${id}`, exact: true }).waitFor();
  });
});
