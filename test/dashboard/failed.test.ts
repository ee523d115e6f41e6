import { expect, it } from 'vitest';
import { failOne, queued } from '../support/failed-jobs.ts';
import { asOwner } from '../support/owner.ts';
import { describeInBrowser, LOOKS } from './support/browser.ts';
import { FOUR_LOOKS_MS, useDashboard } from './support/dashboard.ts';

const http = useDashboard();

async function failedJobs(count: number, userId = 1): Promise<number[]> {
  const receipts = await queued(http.current.db, count, userId);
  for (const receipt of receipts) await failOne(http.current.db, receipt);
  return receipts;
}
const bulks = () =>
  http.current.db.query<{ operation: string; total: number }>(
    'select operation, total from pantry_queue.bulks order by created_at',
  );
const statusOf = async (receipt: number) =>
  (await http.current.queue.getJobStatus({ job_id: `ocr-${receipt}` }, asOwner)).status;

describeInBrowser('[Q9] the failed jobs', (browser) => {
  it('[Q9] that are none are said to be none', async () => {
    const { page, expectAccessible } = await browser.open(`${http.current.url}/ui/failed`);
    await page.getByText('No job has failed').waitFor();
    await expectAccessible();
  });

  it('[Q9] are cleared after a question and restored, and a refusal is said where it was pressed', async () => {
    const receipts = await failedJobs(2);
    const opened = await browser.open(`${http.current.url}/ui/failed`);
    const { page } = opened;
    await page.getByRole('button', { name: 'Clear all…' }).click();
    await page.getByRole('button', { name: 'Clear 2 jobs' }).click();
    await page.getByText('No job has failed').waitFor();
    await page.getByRole('button', { name: 'Restore cleared' }).click();
    await page.getByText('2 jobs restored.').waitFor();
    await page.getByRole('link', { name: '2 jobs' }).waitFor();
    expect(await statusOf(receipts[0] ?? 0)).toBe('failed');
  });

  it('[Q9] whose preview has expired are counted anew, and nothing is done', async () => {
    const opened = await browser.open(`${http.current.url}/ui/failed`);
    const { page } = opened;
    opened.allow({ statuses: [409, 410, 400, 422] });
    await page.getByRole('button', { name: 'Redrive all…' }).click();
    const act = page.getByRole('button', { name: 'Redrive 2 jobs' });
    await act.waitFor();
    await page.route('**/jobs/failed/redrive', async (route) => {
      if (!route.request().postData()?.includes('confirm_token')) return route.fallback();
      const body = { code: 'confirm_expired', title: 'The preview has expired', detail: 'It was made too long ago.' };
      return route.fulfill({ status: 410, contentType: 'application/problem+json', body: JSON.stringify(body) });
    });
    await act.click();
    await page.getByRole('alertdialog').getByText('confirm_expired').waitFor();
    await page.unroute('**/jobs/failed/redrive');
    await act.waitFor();
    expect((await bulks()).filter(({ operation }) => operation === 'redrive_failed_jobs')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  });

  it(
    '[Q9] are run again by their cause: the count is the server’s for this filter, after reload, back and forward',
    async () => {
      await failedJobs(3);
      for (const look of LOOKS) {
        const opened = await browser.open(`${http.current.url}/ui/failed`, look);
        await opened.page.getByRole('link', { name: '5 jobs' }).waitFor();
        await opened.expectAccessible();
        await opened.expectFits();
        await opened.shot('failed');
      }
      const opened = await browser.open(`${http.current.url}/ui/failed`);
      const { page } = opened;
      await page.getByRole('button', { name: 'Redrive…' }).click();
      const act = page.getByRole('button', { name: 'Redrive 5 jobs' });
      await act.waitFor();
      await opened.expectAccessible('with the dialog');
      await opened.shot('failed-redrive');
      await page.reload();
      await act.waitFor();
      await page.goBack();
      await page.getByRole('alertdialog').waitFor({ state: 'detached' });
      // One more has failed meanwhile: the server counts it, the page has never seen it.
      await failedJobs(1);
      await page.goForward();
      await page.getByRole('button', { name: 'Redrive 6 jobs' }).click();
      await page.getByRole('alertdialog').waitFor({ state: 'detached' });
      expect((await bulks()).at(-1)).toEqual({ operation: 'redrive_failed_jobs', total: 6 });
    },
    FOUR_LOOKS_MS,
  );
});
