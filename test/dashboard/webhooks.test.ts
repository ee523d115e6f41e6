import { expect, it } from 'vitest';
import { WEBHOOK_TYPE_WORDS } from '../../dashboard/words/webhooks.ts';
import { WEBHOOK_TYPES } from '../../src/contract/webhook-types.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { newPhoto } from '../http/support/images.ts';
import { asOwner } from '../support/owner.ts';
import { testWebhooks } from '../support/webhooks.ts';
import { startReceiver, status } from '../webhooks/support/receiver.ts';
import { describeInBrowser } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { HOSTILE, readReceipt, upload } from './support/reading.ts';

const http = useDashboard();

it('[Q13] every type of event that webhooks tell of has its words', () => {
  expect(Object.keys(WEBHOOK_TYPE_WORDS).sort()).toEqual([...WEBHOOK_TYPES].sort());
});

/**
 * Sends what is due, as the rounds of the gate do.
 * @param told so many new deliveries at least: a transaction of another test may hold their events back for a moment
 */
async function deliver(told: number): Promise<void> {
  const webhooks = testWebhooks({ db: http.current.db, ledgerId: await readLedgerId(http.current.db) });
  let made = 0;
  const tell = async () => {
    made += (await webhooks.tell()).deliveries;
    return made;
  };
  await expect.poll(tell).toBeGreaterThanOrEqual(told);
  await webhooks.begin();
  await webhooks.idle();
  await webhooks.close();
}

describeInBrowser('[Q13] the page of webhooks', (browser) => {
  it('[Q13] makes a webhook and shows its secret once, tests it, and sends again what was refused', async () => {
    const receiver = await startReceiver(async (response) => {
      response.writeHead(500).end(HOSTILE);
    });
    const { page, expectAccessible } = await browser.open(`${http.current.url}/ui/webhooks`);
    await page.getByText('No webhook yet').waitFor();
    await expectAccessible('while there is none');
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByLabel('Address').fill(receiver.url);
    await page.getByRole('button', { name: 'Create webhook' }).click();
    const secret = page.getByText(/^whsec_/);
    await secret.waitFor();
    const shown = await secret.textContent();
    await page.getByRole('button', { name: 'Open it' }).click();
    await page.getByRole('heading', { name: 'Webhook', exact: true }).waitFor();
    expect(await page.content()).not.toContain(shown);

    await page.getByRole('button', { name: 'Send test' }).click();
    const dialog = page.getByRole('dialog', { name: 'A test was sent' });
    await dialog.getByText('HTTP 500 in').waitFor();
    // What it answered is data: shown, never run.
    await dialog.getByText('<img src=x onerror=alert(1)>').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();

    const receipt = await upload(http.current, newPhoto());
    await readReceipt(http.current, receipt);
    await deliver(1);
    await page.getByRole('button', { name: 'job.finished' }).first().waitFor();
    await page.getByText('Its endpoint accepts nothing').waitFor();
    receiver.answers(status(200));
    await page.keyboard.press('j', { delay: 20 });
    await page.keyboard.press('Enter', { delay: 20 });
    await page.getByRole('dialog', { name: 'Delivery' }).waitFor();
    await page.getByRole('button', { name: 'Send it again' }).click();
    await page.getByText('The delivery is due again').first().waitFor();
    const before = receiver.got.length;
    await deliver(0);
    await expect.poll(() => receiver.got.length).toBeGreaterThan(before);
    await page.getByRole('dialog', { name: 'Delivery' }).getByText('Delivered', { exact: true }).waitFor();
  });

  it('[H7] is accessible and fits, in every look', async () => {
    const url = `https://hooks.example/${'x'.repeat(300)}`;
    const { webhook_id } = await http.current.queue.createWebhook(
      { url, events: ['job.finished'], description: HOSTILE.replace(/[\u202e\u200b]/g, '') },
      asOwner,
    );
    const { page, expectEveryLook } = await browser.open(`${http.current.url}/ui/webhooks`);
    await page.getByRole('row').nth(1).waitFor();
    await expectEveryLook({ name: 'the list', shot: 'webhooks' });
    await page.goto(`${http.current.url}/ui/webhooks/${webhook_id}`);
    await page.getByRole('button', { name: 'Send test' }).waitFor();
    await expectEveryLook({ name: 'one webhook', shot: 'webhook' });
  });
});
