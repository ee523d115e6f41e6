import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningUp, startUp } from '../support/running-up.ts';
import { describeInBrowser } from './support/browser.ts';

const PHOTOS = path.resolve(import.meta.dirname, '../../assets/receipts');
const photo = readdirSync(PHOTOS).find((name) => name.startsWith('contoso')) ?? '';
const OTHERS = readdirSync(PHOTOS).filter((name) => name !== photo && /\.jpe?g$/.test(name));
/** Real photographs are read, beside whatever else runs. */
const READING_MS = 180_000;

/** Every file of the images that a queue keeps. */
const imagesIn = (dataDir: string): string[] =>
  readdirSync(path.join(dataDir, 'images'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name));

describeInBrowser('[H7] the dashboard of a running queue', (browser) => {
  let up: RunningUp | undefined;
  let dataDir = '';
  beforeAll(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'dashboard-up-'));
    up = await startUp(dataDir);
  }, READING_MS);
  afterAll(async () => {
    await up?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }, READING_MS);
  const running = () => {
    if (!up) throw new Error('the queue is there only while tests run');
    return up;
  };

  it(
    '[H7] a photograph that is uploaded is read before the eyes of its uploader, without a reload',
    async () => {
      const { url } = await running().owner();
      const opened = await browser.open(`${url}/`);
      const { page } = opened;
      await page.getByText('Live', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Add receipts' }).click();
      const bytes = readFileSync(path.join(PHOTOS, photo));
      await page.locator('input[type=file]').setInputFiles([{ name: photo, mimeType: 'image/jpeg', buffer: bytes }]);
      await page.getByRole('button', { name: 'Add 1 receipt' }).click();
      await page.getByRole('dialog').getByRole('link', { name: 'ocr-1' }).click();
      const fields = page.getByRole('table', { name: 'Fields' });
      await fields.getByText('2,516.28 USD').waitFor({ timeout: READING_MS });
      await page.getByText('Finished', { exact: true }).first().waitFor();
      // The frame of the total lies where the total is printed: in the lower half of this photograph.
      await fields.getByRole('button', { name: '2,516.28 USD' }).focus();
      const frame = page.locator('rect[data-field="total_amount"]');
      await frame.waitFor();
      expect(Number(await frame.getAttribute('y'))).toBeGreaterThan(0.5);
      // The link leads to this workflow in the namespace of this queue, where Temporal's own page answers.
      const { temporal } = await running().owner();
      const link = page.getByRole('link', { name: 'ocr-1', exact: true });
      const address = `${temporal.ui}/namespaces/${temporal.namespace}/workflows/ocr-1`;
      expect(await link.last().getAttribute('href')).toBe(address);
      expect((await fetch(address)).status).toBe(200);
      await opened.expectAccessible();
      await opened.shot('running-job');
    },
    READING_MS,
  );

  it(
    '[H7] a server that is killed: the page says so, comes back, and its counts are those of GET /queue',
    async () => {
      const { url } = await running().owner();
      const opened = await browser.open(`${url}/`);
      const { page } = opened;
      opened.allow({ isAway: true });
      await page.getByText('Live', { exact: true }).waitFor();
      await running().kill('server');
      await page.getByText(/^Reconnecting, data of/).waitFor();
      await page.getByText('Live', { exact: true }).waitFor({ timeout: READING_MS });
      const info = (await (await fetch(`${url}/queue`)).json()) as { finished_jobs: number };
      const counts = page.getByRole('list', { name: 'Counts' });
      const finished = counts.getByRole('link', { name: /^Finished/ });
      await finished.getByText(String(info.finished_jobs), { exact: true }).waitFor();
    },
    READING_MS,
  );

  it(
    '[Q6] an agent that does not answer is named in the first sentence of the overview, with what waits',
    async () => {
      const { url } = await running().owner();
      const { page, shot } = await browser.open(`${url}/`);
      const pid = await running().pidOf('agent');
      process.kill(pid, 'SIGSTOP');
      try {
        const form = new FormData();
        const other = OTHERS[0] ?? '';
        form.append('file', new Blob([readFileSync(path.join(PHOTOS, other))]), other);
        await fetch(`${url}/receipts`, { method: 'POST', body: form });
        await page
          .getByText(/OCR agent/)
          .first()
          .waitFor({ timeout: READING_MS });
        await page.getByText('agent_unavailable').waitFor({ timeout: READING_MS });
        await shot('running-parked');
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await page.getByText('agent_unavailable').waitFor({ state: 'detached', timeout: READING_MS });
    },
    2 * READING_MS,
  );

  it(
    '[Q9] a job that failed for want of its image is run again from the page once that is back, and is finished',
    async () => {
      const { url } = await running().owner();
      const bytes = readFileSync(path.join(PHOTOS, OTHERS[1] ?? ''));
      await fetch(`${url}/queue/pause`, { method: 'POST' });
      const form = new FormData();
      form.append('file', new Blob([bytes]), 'lost.jpg');
      const { id } = (await (await fetch(`${url}/receipts`, { method: 'POST', body: form })).json()) as { id: number };
      const stored = imagesIn(dataDir).find((file) => readFileSync(file).equals(bytes)) ?? '';
      renameSync(stored, `${stored}.away`);
      await fetch(`${url}/queue/resume`, { method: 'POST' });
      const { page, shot } = await browser.open(`${url}/ui/failed`);
      await page.getByRole('heading', { name: 'image_missing' }).waitFor({ timeout: READING_MS });
      await page.getByRole('link', { name: `ocr-${id}` }).waitFor();
      await shot('running-failed');
      renameSync(`${stored}.away`, stored);
      await page.getByRole('button', { name: 'Redrive…' }).click();
      await page.getByRole('button', { name: 'Redrive 1 job' }).click();
      await page.getByText('No job has failed').waitFor({ timeout: READING_MS });
      await page.goto(`${url}/ui/jobs/ocr-${id}`);
      await page.getByText('Finished', { exact: true }).first().waitFor({ timeout: READING_MS });
      await page.getByRole('link', { name: '1', exact: true }).waitFor();
    },
    2 * READING_MS,
  );

  it(
    '[W5] a worker that is killed is named on the page of workers, by how long it was not seen, beside the next one',
    async () => {
      const { url } = await running().owner();
      const { page, shot } = await browser.open(`${url}/ui/workers`);
      const killed = await running().pidOf('worker');
      const card = (pid: number) => page.getByRole('article').filter({ hasText: `process ${pid} ` });
      await card(killed).getByText('Alive').waitFor();
      await running().kill('worker');
      await card(killed)
        .getByText(/^Not seen for \d+ s$/)
        .waitFor({ timeout: READING_MS });
      await shot('running-killed-worker');
      await expect.poll(() => running().pidOf('worker')).not.toBe(killed);
      await card(await running().pidOf('worker'))
        .getByText('Alive')
        .waitFor({ timeout: READING_MS });
      await card(killed).waitFor({ state: 'detached', timeout: READING_MS });
    },
    2 * READING_MS,
  );
});
