import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiOperation, valuesOf } from '../../dashboard/pages/api/operation.ts';
import { OPERATIONS } from '../../dashboard/pages/api/operations.generated.ts';
import { textOf } from '../../dashboard/pages/api/texts.ts';
import { type OperationKey, operations } from '../../src/contract/operations.ts';
import { newPhoto } from '../http/support/images.ts';
import { describeInBrowser } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { readReceipt, upload } from './support/reading.ts';
import { forgetTexts, runCommand, runCurl, runToolCall, runTypescript } from './support/texts.ts';

const http = useDashboard();
let receipt = 0;
beforeAll(async () => {
  receipt = await upload(http.current, newPhoto());
  await readReceipt(http.current, receipt);
});
afterAll(forgetTexts);

/** What is typed into the form. Of what there is: the receipt and its job; of all else: what nobody has. */
const typed = (): Readonly<Partial<Record<string, string>>> => ({
  receipt_id: String(receipt),
  receipt_ids: `${receipt}, ${receipt}`,
  job_id: `ocr-${receipt}`,
  job_ids: `ocr-${receipt}`,
  batch_id: 'batch-2147483647',
  bulk_id: 'bulk-2147483647',
  task_id: 't1.e30.x',
  webhook_id: 'webhook-2147483647',
  key_id: 'pq_2147483647',
  priority: 'high',
  name: "nightly it's",
  cron: '0 2 30 2 *',
  url: 'ftp://hooks.example/it?a=1&b=2',
  events: 'job.finished job.failed',
  merchant_name: `O'Neil & "Söhne" $HOME \\ `,
  amount: '25.00',
  currency: 'EUR',
  period: 'day',
  from: '2026-01-01T00:00:00Z',
  to: '2026-01-02T00:00:00Z',
});
/** What would end the receipt, or be another key each time, is asked about what is not there. */
const ABOUT_NOTHING = { receipt_id: '2147483647', job_id: 'ocr-2147483647', job_ids: 'ocr-2147483647' };
const DAYS = { from: '2026-01-01', to: '2026-01-31' };
const OF_DAYS: ReadonlySet<string> = new Set(['find_receipts', 'summarize_receipts', 'get_costs']);

const SEALED = ['confirm_token', 'cursor', 'idempotency_key'];

function valuesFor(operation: ApiOperation) {
  const isSafe = operations[operation.key as OperationKey].repeat === 'safe' && operation.effect !== 'destroy';
  const all = { ...typed(), ...(isSafe ? {} : ABOUT_NOTHING), ...(OF_DAYS.has(operation.name) ? DAYS : {}) };
  const taken = operation.fields
    .filter(({ name }) => !SEALED.includes(name))
    .map(({ name }) => [name, all[name] ?? '']);
  return valuesOf(operation, Object.fromEntries(taken));
}

describe('[H3] the calls on the API page', () => {
  it('[H3] are those of every operation of the contract', () => {
    expect(OPERATIONS.map(({ key }) => key).sort()).toEqual(Object.keys(operations).sort());
  });

  it.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
    '[H3] %s answers alike by curl, the command line, TypeScript and MCP, each run as it is shown',
    async (name, operation) => {
      const values = valuesFor(operation);
      const where = { origin: http.current.url, needsKey: false };
      const shown = (door: Parameters<typeof textOf>[0]) => textOf(door, operation, values, where) ?? '';
      const byCurl = await runCurl(shown('curl'));
      expect(byCurl.code).not.toBe('internal');
      expect(await runCommand(shown('cli'))).toEqual(byCurl);
      expect(await runTypescript(name, shown('typescript'))).toEqual(byCurl);
      const toolCall = shown('mcp');
      if (toolCall !== '') expect(await runToolCall(http.current.url, toolCall)).toBe(byCurl.code);
    },
  );
});

describeInBrowser('[H3] the API page', (browser) => {
  it('[H3] has every operation, fills its four texts by the form, and copies one by y', async () => {
    const { page } = await browser.open(`${http.current.url}/docs`);
    const entries = page.locator('[data-operation]');
    await entries.first().waitFor();
    const names = await entries.evaluateAll((all) => all.map((each) => each.getAttribute('data-operation')));
    expect(names.sort()).toEqual(
      Object.values<{ name: string }>(operations)
        .map(({ name }) => name)
        .sort(),
    );
    await page.getByLabel('Find').fill('queue one receipt');
    await page.getByRole('button', { name: 'enqueue_ocr', exact: true }).click();
    await page.getByLabel('receipt_id').fill('17');
    const text = (door: string) => page.locator(`[data-door=${door}]`).textContent();
    expect(await text('curl')).toContain(`-d '{"receipt_id":17}'`);
    // Where there is room all four stand beside each other; `y` copies the one that had the focus.
    for (const door of ['curl', 'cli', 'typescript', 'mcp'])
      expect(await page.locator(`[data-door=${door}]`).count()).toBe(1);
    const [left, right] = await Promise.all(
      ['curl', 'cli'].map((door) => page.locator(`[data-door=${door}]`).boundingBox()),
    );
    expect(left?.y).toBe(right?.y);
    await page.locator('[data-door=typescript]').focus();
    await page.keyboard.press('y', { delay: 20 });
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('queue.enqueueOcr(');
    await page.setViewportSize({ width: 700, height: 900 });
    await page.getByRole('tab', { name: 'curl' }).focus();
    for (const [key, door, holds] of [
      ['ArrowRight', 'cli', 'pantry-queue job enqueue 17'],
      ['ArrowRight', 'typescript', 'queue.enqueueOcr({ receipt_id: 17 })'],
      ['ArrowRight', 'mcp', '"name": "enqueue_ocr"'],
    ] as const) {
      await page.keyboard.press(key, { delay: 20 });
      await page.keyboard.press('Enter', { delay: 20 });
      await expect.poll(() => text(door)).toContain(holds);
    }
    await page.keyboard.press('y', { delay: 20 });
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('"name": "enqueue_ocr"');
  });

  it('[H3] tries a reading call at once, and asks before one that changes something', async () => {
    // Of the other one the calls above have changed the merchant.
    const another = await upload(http.current, newPhoto());
    await readReceipt(http.current, another);
    const { page, allow } = await browser.open(`${http.current.url}/docs?operation=get_receipt`);
    await page.getByLabel('receipt_id').fill(String(another));
    await page.getByRole('button', { name: 'Try it', exact: true }).click();
    await page.getByText('"merchant_name": "Corner Shop"').waitFor();
    allow({ statuses: [404, 422] });
    await page.getByLabel('receipt_id').fill('seventeen');
    await page.getByRole('button', { name: 'Try it', exact: true }).click();
    await page.getByText('/receipt_id').waitFor();
    await page.getByRole('button', { name: 'pause_queue', exact: true }).click();
    await page.getByRole('button', { name: 'Try it…' }).click();
    await page.getByRole('alertdialog').waitFor();
    expect(await http.current.fetch('/queue').then((response) => response.json())).toMatchObject({ paused: null });
    await page.getByRole('button', { name: 'Call it' }).click();
    await page.getByText('"paused"').first().waitFor();
    await http.current.fetch('/queue/resume', { method: 'POST' });
  });

  it('[H7] is accessible and fits, in every look', async () => {
    const { page, expectEveryLook } = await browser.open(`${http.current.url}/docs?operation=enqueue_ocr`);
    await page.getByLabel('receipt_id').waitFor();
    await expectEveryLook({ shot: 'api' });
  });
});
