import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { bulksOf } from '../../dashboard/pages/jobs/filter-bulks.ts';
import { emptyLedger, failOne, queued } from '../support/failed-jobs.ts';
import { asOwner } from '../support/owner.ts';
import { describeInBrowser } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { press } from './support/dialogs.ts';

describe('[Q9] what can be done to all jobs that a filter finds', () => {
  it.each([
    ['the failed ones', { status: ['failed'] }, ['clearFailedJobs', 'redriveFailedJobs']],
    ['the failed ones of a batch', { status: ['failed'], batch_id: 'b' }, ['clearFailedJobs', 'redriveFailedJobs']],
    ['the waiting ones of an owner', { status: ['queued', 'deferred'], user_id: 7 }, ['cancelJobs']],
    ['all jobs', {}, []],
    ['finished and waiting ones', { status: ['queued', 'finished'] }, []],
    ['the failed ones of a merchant, whose name may change', { status: ['failed'], merchant: 'Shop' }, []],
    ['failed ones that were cleared', { status: ['failed'], cleared: true }, []],
  ] as const)('[Q9] %s: %j → %j', (_what, asked, actions) => {
    expect(bulksOf(asked as Parameters<typeof bulksOf>[0]).map(({ action }) => action)).toEqual(actions);
  });
});

const http = useDashboard();
const statusOf = async (receipt: number) =>
  (await http.current.queue.getJobStatus({ job_id: `ocr-${receipt}` }, asOwner)).status;
const boxes = (page: Page) => page.getByRole('checkbox', { checked: true });

describeInBrowser('[H7] the jobs that a reader selects', (browser) => {
  beforeEach(() => emptyLedger(http.current.db));

  it('[H7] by x alone are canceled together after a question, and no other job is', async () => {
    const [oldest = 0, middle = 0, newest = 0] = await queued(http.current.db, 3);
    const { page } = await browser.open(`${http.current.url}/ui/jobs`);
    await page.getByRole('link', { name: `ocr-${oldest}`, exact: true }).waitFor();
    await press(page, 'j', 'x', 'j', 'x');
    await page.getByText('2 jobs selected').waitFor();
    // The same key takes one out again.
    await press(page, 'x', 'x');
    await expect.poll(() => boxes(page).count()).toBe(2);
    await page.getByRole('button', { name: 'Cancel…' }).click();
    await page.getByRole('alertdialog', { name: 'Cancel 2 jobs?' }).waitFor();
    expect(await Promise.all([newest, middle].map(statusOf))).toEqual(['queued', 'queued']);
    await page.getByRole('button', { name: 'Cancel 2 jobs' }).click();
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    expect(await Promise.all([newest, middle, oldest].map(statusOf))).toEqual(['canceled', 'canceled', 'queued']);
    await page.getByText('2 jobs selected').waitFor({ state: 'detached' });
    await page.getByRole('row').filter({ hasText: 'Canceled' }).nth(1).waitFor();
  });

  it('[H7] that have failed are retried; those that cannot be are told beforehand, and are left alone', async () => {
    const [failed = 0, waiting = 0] = await queued(http.current.db, 2);
    await failOne(http.current.db, failed);
    const { page } = await browser.open(`${http.current.url}/ui/jobs`);
    for (const receipt of [failed, waiting]) await page.getByLabel(`Select ocr-${receipt}`).check();
    await page.getByRole('button', { name: 'Retry…' }).click();
    await page.getByText('1 selected job cannot be changed this way').waitFor();
    await page.getByRole('button', { name: 'Retry 1 job' }).click();
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    const job = await http.current.queue.getJobStatus({ job_id: `ocr-${failed}` }, asOwner);
    expect(job).toMatchObject({ status: 'queued', generation: 2 });
    await page.getByText('1 job selected').waitFor();
  });

  it('[H7] of which the server refuses some stay selected, each named with the reason', async () => {
    const [first = 0, second = 0] = await queued(http.current.db, 2);
    const opened = await browser.open(`${http.current.url}/ui/jobs`);
    const { page } = opened;
    opened.allow({ statuses: [503] });
    const body = JSON.stringify({ code: 'ledger_unavailable', title: 'Not now', detail: 'The database is away.' });
    await page.route(`**/jobs/ocr-${second}/cancel`, (route) =>
      route.fulfill({ status: 503, contentType: 'application/problem+json', body }),
    );
    for (const receipt of [first, second]) await page.getByLabel(`Select ocr-${receipt}`).check();
    await page.getByRole('button', { name: 'Cancel…' }).click();
    await page.getByRole('button', { name: 'Cancel 2 jobs' }).click();
    await page.getByText(`ocr-${second}: The database is away.`).waitFor();
    expect(await Promise.all([first, second].map(statusOf))).toEqual(['canceled', 'queued']);
    await press(page, 'Escape');
    await page.getByText('1 job selected').waitFor();
    expect(await page.getByLabel(`Select ocr-${second}`).isChecked()).toBe(true);
  });

  it('[H7] none of which is one: all that the filter finds is acted on, by the server’s own count', async () => {
    const mine = await queued(http.current.db, 2);
    const others = await queued(http.current.db, 1, 7);
    const { page } = await browser.open(`${http.current.url}/ui/jobs?status=queued&user_id=1`);
    await page.getByRole('link', { name: `ocr-${mine[0]}`, exact: true }).waitFor();
    // Accepted while the page cannot know it: the server counts it.
    await press(page, 'p');
    mine.push(...(await queued(http.current.db, 1)));
    await page.getByRole('button', { name: 'Cancel all of these…' }).click();
    const act = page.getByRole('button', { name: 'Cancel 3 jobs' });
    await act.waitFor();
    expect(await Promise.all(mine.map(statusOf))).toEqual(['queued', 'queued', 'queued']);
    await act.click();
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    const [bulk] = await http.current.db.query('select operation, total from pantry_queue.bulks');
    expect(bulk).toEqual({ operation: 'cancel_jobs', total: 3 });
    expect(await Promise.all(others.map(statusOf))).toEqual(['queued']);
  });
});
