import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { filesUnder } from '../../scripts/setup/hash.mjs';
import { newPhoto } from '../http/support/images.ts';
import { failOne, queued } from '../support/failed-jobs.ts';
import { asOwner } from '../support/owner.ts';
import { describeInBrowser, OVER_PAGE } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { addressOn, DIALOGS, type Made, press } from './support/dialogs.ts';
import { readReceipt, upload } from './support/reading.ts';

const root = path.resolve(import.meta.dirname, '../..');
const http = useDashboard();
const made: Made = { read: 0, waiting: 0, webhook: '' };

beforeAll(async () => {
  const { current } = http;
  const doubtful = { metadata: { merchant_name: null, total_amount: '12.50', currency: 'EUR', confidence: 0.3 } };
  made.read = await upload(current, newPhoto());
  await readReceipt(current, made.read, doubtful);
  for (const receipt of await queued(current.db, 2)) await failOne(current.db, receipt);
  made.waiting = await upload(current, newPhoto());
  await current.queue.createSchedule({ name: 'nightly', cron: '0 2 * * *' }, asOwner);
  const webhook = { url: 'https://hooks.example/receipts', events: ['job.finished' as const] };
  made.webhook = (await current.queue.createWebhook(webhook, asOwner)).webhook_id;
});

const PARTS = ['Confirm', 'Dialog', 'Menu'] as const;

it('[H7] every file that shows a dialog or a menu has its rows here, one for each', () => {
  const shown = filesUnder(root, 'dashboard').flatMap((file) => {
    const name = file.replace(/^dashboard\//, '');
    if (!name.endsWith('.tsx') || name.startsWith('ui/')) return [];
    const text = readFileSync(path.join(root, file), 'utf8');
    const times = PARTS.filter((part) => text.includes(`/ui/${part.toLowerCase()}.tsx'`))
      .map((part) => text.match(new RegExp(`<${part}\\s`, 'g'))?.length ?? 0)
      .reduce((sum, each) => sum + each, 0);
    return times > 0 ? [[name, times] as const] : [];
  });
  expect(shown.length).toBeGreaterThan(10);
  const missing = shown.filter(([name, times]) => DIALOGS.filter(({ by }) => by === name).length < times);
  expect(missing).toEqual([]);
});

/** Those of one page are opened one after the other on it, as a person does. */
const PAGES = [...new Set(DIALOGS.map(({ on }) => on))];

describeInBrowser('[H7] whatever opens over a page', (browser) => {
  it.each(PAGES)('[H7] over %s it is accessible in every look, and gives the focus back', async (on) => {
    const opened = await browser.open(`${http.current.url}${addressOn(on, made)}`);
    const { page } = opened;
    opened.allow({ statuses: [503] });
    for (const { what, open, says, back } of DIALOGS.filter((each) => each.on === on)) {
      await page.getByText('Live', { exact: true }).waitFor();
      await open(page);
      const over = page.locator(OVER_PAGE).last();
      await over.getByText(says).first().waitFor();
      await opened.expectEveryLook({ name: what, within: OVER_PAGE, shot: `dialog-${what.replaceAll(' ', '-')}` });
      await press(page, 'Escape');
      await over.waitFor({ state: 'detached' });
      const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
      if (back !== undefined) await expect.poll(focused, { message: `the focus after ${what}` }).toBe(back);
    }
  });
});
