import { expect, it } from 'vitest';
import { newPhoto } from '../http/support/images.ts';
import { beatAs } from '../support/gate.ts';
import { describeInBrowser } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { upload } from './support/reading.ts';

const http = useDashboard();

/** A worker that is silent for so long, as one that was killed. */
async function silence(id: string, seconds: number): Promise<void> {
  await http.current.db.query(
    `update pantry_queue.workers set seen_at = now() - make_interval(secs => $2) where worker_id = $1`,
    [id, seconds],
  );
}

describeInBrowser('[W5] the page of workers', (browser) => {
  it('[W5] says so when none is alive, and what waits for one', async () => {
    await upload(http.current, newPhoto());
    const { page, expectAccessible } = await browser.open(`${http.current.url}/ui/workers`);
    await page.getByText('No worker is alive').waitFor();
    await expectAccessible();
  });

  it('[W5] shows slots and what each does, and a killed one by how long it was not seen, until it is gone', async () => {
    await beatAs(http.current.db, 'steady', 4);
    await beatAs(http.current.db, 'doomed', 2);
    const { page } = await browser.open(`${http.current.url}/ui/workers`);
    await page.getByRole('heading', { name: 'doomed' }).waitFor();
    await page.getByText('2 workers: 0 of 6 agent slots in use.').waitFor();
    await silence('doomed', 12);
    await page
      .getByText(/^Not seen for 1[2-9] s$/)
      .first()
      .waitFor();
    await silence('doomed', 20);
    await page.getByRole('heading', { name: 'doomed' }).waitFor({ state: 'detached' });
    await beatAs(http.current.db, 'steady', 4);
    expect(await page.getByRole('heading', { name: 'steady' }).count()).toBe(1);
  });

  it('[Q24] pauses the queue after asking, and lets it go on', async () => {
    const { page } = await browser.open(`${http.current.url}/ui/workers`);
    await page.getByRole('button', { name: 'Pause queue…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: /Pause/ }).click();
    await page.getByRole('button', { name: 'Resume queue' }).click();
    await page.getByRole('button', { name: 'Pause queue…' }).waitFor();
  });

  it('[H7] is accessible and fits, in every look', async () => {
    await beatAs(http.current.db, `host-${'x'.repeat(60)}`, 8);
    const { page, expectEveryLook } = await browser.open(`${http.current.url}/ui/workers`);
    await page.getByRole('heading', { name: 'OCR agent' }).waitFor();
    await page.getByText('Alive').first().waitFor();
    await expectEveryLook({ shot: 'workers' });
  });
});
