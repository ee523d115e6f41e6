import { describe, expect, it } from 'vitest';
import { cronInWords } from '../../dashboard/words/cron.ts';
import { newPhoto } from '../http/support/images.ts';
import { asOwner } from '../support/owner.ts';
import { describeInBrowser } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { upload } from './support/reading.ts';

const http = useDashboard();
const schedule = (name: string) => http.current.queue.getSchedule({ name }, asOwner);

describe('[Q12] a cron expression in words', () => {
  it.each([
    ['0 2 * * *', 'at 02:00, every day'],
    ['@daily', 'at 00:00, every day'],
    ['* * * * *', 'every minute, every day'],
    ['*/15 8-17 * * 1-5', 'every 15 minutes, hours 08:00 to 17:00, from Monday to Friday'],
    ['5 * * * *', 'at minute 5 of every hour, every day'],
    ['30 6,18 1 * *', 'at 06:30 and 18:30, on the 1st of the month'],
    ['0 0 * jan-mar sun', 'at 00:00, on Sunday, from January to March'],
    ['0 12 13 * 5', 'at 12:00, on the 13th of the month or on Friday'],
    ['0 0 22,23 12 *', 'at 00:00, on the 22nd and 23rd of the month, in December'],
  ])('[Q12] %s is "%s"', (cron, words) => expect(cronInWords(cron)).toBe(words));

  it.each(['', 'nightly', '0 2 * *', '60 2 * * *', '0 24 * * *', '0 2 * 13 *', '0 2 L * *', '5-1 * * * *'])(
    '[Q12] "%s" is not put into words',
    (cron) => expect(cronInWords(cron)).toBeUndefined(),
  );
});

describeInBrowser('[Q12] the page of schedules', (browser) => {
  it('[Q12] makes a schedule, runs it once, pauses it with a reason, resumes and deletes it', async () => {
    await upload(http.current, newPhoto());
    await http.current.db.query('delete from pantry_queue.jobs');
    const { page, expectAccessible, allow } = await browser.open(`${http.current.url}/ui/schedules`);
    await page.getByText('No schedule yet').waitFor();
    await expectAccessible('while there is none');
    await page.getByRole('button', { name: 'New schedule' }).click();
    await page.getByLabel('Name').fill('nightly');
    await page.getByLabel('Times').fill('0 99 * * *');
    allow({ statuses: [422] });
    await page.getByRole('button', { name: 'Create schedule' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('Times').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Times').fill('30 2 * * *');
    await page.getByText('at 02:30, every day').waitFor();
    await page.getByRole('button', { name: 'Create schedule' }).click();
    await page.getByRole('heading', { name: 'nightly' }).waitFor();
    expect(await schedule('nightly')).toMatchObject({ cron: '30 2 * * *', time_zone: 'Europe/Berlin' });

    await page.getByRole('button', { name: 'Next five runs' }).click();
    await expect.poll(() => page.getByRole('row').count()).toBe(6);
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('link', { name: '1 receipt' }).waitFor();
    expect((await schedule('nightly')).last).toMatchObject({ outcome: 'fired', queued: 1 });

    await page.getByRole('button', { name: 'Pause…' }).click();
    await page.getByLabel('Why').fill('the scanner is away');
    await page.getByRole('button', { name: 'Pause it' }).click();
    await page.getByText('the scanner is away').waitFor();
    expect((await schedule('nightly')).paused?.note).toBe('the scanner is away');
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(async () => (await schedule('nightly')).paused).toBeNull();

    await page.getByRole('button', { name: 'More about nightly' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await page.getByText('No schedule yet').waitFor();
  });

  it('[H7] is accessible and fits, in every look', async () => {
    await http.current.queue.createSchedule({ name: 'office-hours', cron: '*/15 8-17 * * 1-5' }, asOwner);
    const { page, expectEveryLook } = await browser.open(`${http.current.url}/ui/schedules`);
    await page.getByRole('heading', { name: 'office-hours' }).waitFor();
    await page.getByRole('button', { name: 'Next five runs' }).first().click();
    await page.getByRole('row').first().waitFor();
    await expectEveryLook({ shot: 'schedules' });
  });
});
