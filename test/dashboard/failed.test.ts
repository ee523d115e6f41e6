import { expect, it } from 'vitest';
import { emptyLedger, failOne, queued } from '../support/failed-jobs.ts';
import { asOwner } from '../support/owner.ts';
import { describeInBrowser } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { press } from './support/dialogs.ts';

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
    // One more has failed meanwhile: what the page counted before is no answer.
    await failedJobs(1);
    await act.click();
    await page.getByRole('alertdialog').getByText('confirm_expired').waitFor();
    await page.getByRole('button', { name: 'Redrive 3 jobs' }).waitFor();
    await page.unroute('**/jobs/failed/redrive');
    expect((await bulks()).filter(({ operation }) => operation === 'redrive_failed_jobs')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  });

  it('[Q9] are run again by their cause: the count is the server’s for this filter, after reload, back and forward', async () => {
    await failedJobs(2);
    const opened = await browser.open(`${http.current.url}/ui/failed`);
    const { page } = opened;
    await page.getByRole('link', { name: '5 jobs' }).waitFor();
    await opened.expectEveryLook({ shot: 'failed' });
    await page.getByRole('button', { name: 'Redrive…' }).click();
    const act = page.getByRole('button', { name: 'Redrive 5 jobs' });
    await act.waitFor();
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
  });

  it('[Q9] are gone through by j and k; Enter opens the jobs of a cause, d asks before it is run again', async () => {
    await emptyLedger(http.current.db);
    await failedJobs(2);
    const { page } = await browser.open(`${http.current.url}/ui/failed`);
    await page.getByRole('heading', { name: 'agent_rejected' }).waitFor();
    await press(page, 'j');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('2 jobs');
    await press(page, 'd');
    await page.getByRole('alertdialog').getByText('Failed jobs with agent_rejected').waitFor();
    await page.getByRole('button', { name: 'Redrive 2 jobs' }).waitFor();
    await press(page, 'Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await press(page, 'k', 'Enter');
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    await expect.poll(() => page.getByRole('row').filter({ hasText: 'Failed' }).count()).toBe(2);
    await page.getByRole('button', { name: 'Redrive all of these…' }).waitFor();
  });

  it('[Q9] are filtered by owner and code in the address, and all buttons act on that filter', async () => {
    await emptyLedger(http.current.db);
    await failedJobs(2);
    await failedJobs(1, 7);
    const { page } = await browser.open(`${http.current.url}/ui/failed`);
    await page.getByRole('link', { name: '3 jobs' }).waitFor();
    await press(page, '/', 'Enter');
    await page.getByLabel('Owner').fill('7');
    await page.getByRole('button', { name: 'Filter' }).last().click();
    await page.getByRole('link', { name: '1 job' }).waitFor();
    expect(new URL(page.url()).search).toBe('?user_id=7');
    await page.reload();
    await page.getByRole('button', { name: 'Redrive all…' }).click();
    await page.getByRole('button', { name: 'Redrive 1 job' }).waitFor();
    await press(page, 'Escape');
    await page.getByRole('button', { name: 'Filter' }).first().click();
    await page.getByLabel('Error code').fill('agent_timeout');
    await page.getByRole('button', { name: 'Filter' }).last().click();
    await page.getByText('No failed job matches this filter').waitFor();
    await page.getByRole('button', { name: 'Remove filter', exact: true }).click();
    await page.getByRole('link', { name: '3 jobs' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
  });
});
