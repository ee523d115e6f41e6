import { expect, it } from 'vitest';
import { newPhoto } from '../http/support/images.ts';
import { makeJobs } from '../support/many-jobs.ts';
import { asOwner } from '../support/owner.ts';
import { describeInBrowser } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { HOSTILE, readReceipt, upload } from './support/reading.ts';

const http = useDashboard();

describeInBrowser('[H7] the overview', (browser) => {
  it('[H7] without any receipt says how to add one, in both themes, on a desk and on a phone', async () => {
    const { page, expectEveryLook } = await browser.open(`${http.current.url}/`);
    await page.getByText('No receipt yet').waitFor();
    await page.getByRole('figure').first().waitFor();
    await expectEveryLook({ shot: 'overview-empty' });
  });

  it('[H7] shows the counts that GET /queue gives, each as a link to what it counts', async () => {
    const { current } = http;
    await readReceipt(current, await upload(current, newPhoto()));
    await upload(current, newPhoto());
    await makeJobs(current.db, [
      { subject: 9_001, status: 'failed', error_code: 'agent_rejected', error_message: 'No.' },
    ]);
    const info = await current.queue.queueInfo({}, asOwner);
    const { page, expectEveryLook } = await browser.open(`${current.url}/`);
    const counts = page.getByRole('list', { name: 'Counts' });
    await counts.waitFor();
    const texts = await counts.getByRole('link').allInnerTexts();
    const shown = Object.fromEntries(texts.map((text) => text.split('\n').slice(0, 2)));
    expect(shown).toEqual({
      Queued: String(info.queued_jobs),
      Reading: String(info.started_jobs),
      Waiting: String(info.deferred_jobs + info.scheduled_jobs),
      Finished: String(info.finished_jobs),
      Failed: String(info.failed_jobs),
      'To review': String(info.reviews.open),
    });
    expect(info.queued_jobs + info.finished_jobs).toBeGreaterThan(1);
    await page.getByRole('figure').first().waitFor();
    await expectEveryLook({ shot: 'overview' });
    await counts.getByRole('link', { name: /^Finished/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    expect(new URL(page.url()).search).toBe('?status=finished');
  });

  it('[H7] follows what happens without a reload: a new receipt is counted and listed', async () => {
    const { page } = await browser.open(`${http.current.url}/`);
    await page.getByText('Live', { exact: true }).waitFor();
    const receipt = await upload(http.current, newPhoto());
    await page
      .getByRole('table')
      .getByRole('link', { name: `ocr-${receipt}`, exact: true })
      .waitFor();
  });

  it('[H7] says first that the queue is paused, by whom and why, and lets it go on', async () => {
    const opened = await browser.open(`${http.current.url}/`);
    const { page } = opened;
    await page.getByRole('button', { name: 'Pause queue…' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel('Why').fill(HOSTILE.replace(/[\u200b\u202e]/g, ''));
    await dialog.getByRole('button', { name: 'Pause queue' }).click();
    await page.getByText('The queue is paused.').waitFor();
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    await opened.expectEveryLook({ name: 'while paused', shot: 'overview-paused' });
    await page.getByRole('button', { name: 'Resume queue' }).click();
    await page.getByText('The queue is paused.').waitFor({ state: 'detached' });
    expect((await http.current.queue.queueInfo({}, asOwner)).paused).toBeNull();
  });

  it('[H7] changes the span of its charts by keys, keeps it in the address, and has them as tables', async () => {
    const { page } = await browser.open(`${http.current.url}/`);
    await page.getByRole('figure').first().waitFor();
    await page.keyboard.press('1');
    await expect.poll(() => new URL(page.url()).searchParams.get('span')).toBe('1 h');
    await page.getByRole('figure', { name: 'Ended jobs, the last 1 h' }).waitFor();
    await page.getByRole('button', { name: 'As table' }).first().click();
    expect(await page.getByRole('figure').first().getByRole('row').count()).toBeGreaterThan(30);
  });

  it('[H7] goes to every page of its table by link and by keys, each with one heading and a title', async () => {
    const { page } = await browser.open(`${http.current.url}/`);
    const links = await page.getByRole('navigation').getByRole('link').allInnerTexts();
    expect(links.map((text) => text.split('\n')[0])).toEqual([
      ...['Overview', 'Jobs', 'Failed', 'Review', 'Receipts', 'Batches', 'Schedules', 'Webhooks', 'Workers', 'API'],
    ]);
    await page.keyboard.press('g');
    await page.keyboard.press('f', { delay: 20 });
    await page.getByRole('heading', { level: 1, name: 'Failed' }).waitFor();
    expect(await page.title()).toMatch(/Failed · pantry-queue$/);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    await page.keyboard.press('Shift+?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape', { delay: 20 });
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});
