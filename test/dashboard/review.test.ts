import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { newPhoto, receiptPhoto } from '../http/support/images.ts';
import { asOwner } from '../support/owner.ts';
import { describeInBrowser, LOOKS } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { HOSTILE, readReceipt, upload } from './support/reading.ts';

const http = useDashboard();

const region = (x: number, y: number) => ({
  region: { x, y, width: 0.2, height: 0.05 },
  rule: 'a rule',
  confidence: 0.9,
});
const EVIDENCE = {
  page: { width: 600, height: 900, turned_degrees: 0 },
  fields: { merchant_name: region(0.1, 0.1), total_amount: region(0.7, 0.8) },
  items: [region(0.1, 0.3), region(0.1, 0.4)],
};
const METADATA = {
  merchant_name: 'Corner Shop',
  purchase_date: '2026-01-30',
  total_amount: '12.00',
  currency: 'EUR',
  confidence: 0.4,
};

let shops = 0;

/** A receipt whose reading is in doubt. */
async function doubtful(metadata: object = {}, photo: Uint8Array = newPhoto()): Promise<number> {
  const id = await upload(http.current, photo);
  shops += 1;
  const name = { merchant_name: `Corner Shop ${shops}`, total_amount: `12.0${shops % 10}` };
  await readReceipt(http.current, id, { metadata: { ...METADATA, ...name, ...metadata }, evidence: EVIDENCE });
  return id;
}

const receiptOf = (receipt_id: number) => http.current.queue.getReceipt({ receipt_id }, asOwner);
const address = (id: number) => `${http.current.url}/ui/review/${id}`;
/** What the image frames now. */
const framed = (page: Page) =>
  page
    .locator('svg rect')
    .evaluateAll((all) =>
      all.filter((each) => each.getAttribute('stroke-width') !== null).map((each) => each.getAttribute('data-field')),
    );
const focusedName = (page: Page) =>
  page.evaluate(() => (document.activeElement as HTMLInputElement | null)?.name ?? '');

describeInBrowser('[Q17] the review of a receipt', (browser) => {
  it('[Q17] says so when nothing is in doubt', async () => {
    const { page, expectAccessible } = await browser.open(`${http.current.url}/ui/review`);
    await page.getByText('No receipt is in doubt').waitFor();
    await expectAccessible();
  });

  it('[Q17] is done by keyboard alone, the image following, and goes on to the next receipt', async () => {
    const first = await doubtful({ currency: null });
    const second = await doubtful();
    const { page } = await browser.open(`${http.current.url}/ui/review`);
    await page.getByRole('link', { name: String(second), exact: true }).waitFor();
    await page.keyboard.press('j', { delay: 20 });
    await page.keyboard.press('Enter', { delay: 20 });
    await page.waitForURL(address(first));
    // The doubtful one has the focus: nothing else is needed to begin.
    await expect.poll(() => focusedName(page)).toBe('currency');
    await page.keyboard.press('Tab', { delay: 20 });
    await expect.poll(() => focusedName(page)).toBe('merchant_name');
    await expect.poll(() => framed(page)).toEqual(['merchant_name']);
    await page.keyboard.press('Control+a', { delay: 20 });
    // Each of these letters is a shortcut elsewhere.
    await page.keyboard.type('Gujarat 0/Shop?', { delay: 5 });
    await page.getByText('Was Corner Shop').waitFor();
    await page.keyboard.press('Tab', { delay: 20 });
    await page.keyboard.press('Tab', { delay: 20 });
    await expect.poll(() => framed(page)).toEqual(['total_amount']);
    await page.getByText('The items add up to').waitFor();
    await page.keyboard.press('Control+a', { delay: 20 });
    await page.keyboard.type('12.50', { delay: 5 });
    await page.getByText('The items add up to the total').waitFor();
    await page.keyboard.press('Control+Enter', { delay: 20 });
    await page.waitForURL(address(second));
    const settled = await receiptOf(first);
    expect(settled).toMatchObject({
      merchant_name: 'Gujarat 0/Shop?',
      total_amount: '12.50',
      needs_review: false,
      review: { state: 'accepted', ended_by: 'person', user_id: 1 },
      fields: { merchant_name: { set_by: 'person' }, total_amount: { set_by: 'person' } },
    });
    await expect.poll(() => focusedName(page)).toBe('merchant_name');
    await page.keyboard.press('Control+Enter', { delay: 20 });
    await page.waitForURL(`${http.current.url}/ui/review`);
    await expect.poll(async () => (await receiptOf(second)).needs_review).toBe(false);
  });

  it('[Q17] takes back what was typed over a field by Alt+Z, and skips by Ctrl+→ without a word', async () => {
    const first = await doubtful();
    const second = await doubtful();
    const { page } = await browser.open(address(first));
    const merchant = page.getByRole('textbox', { name: /^Merchant/ });
    const read = await merchant.inputValue();
    await merchant.fill('Something else');
    await page.keyboard.press('Alt+z', { delay: 20 });
    await expect.poll(() => merchant.inputValue()).toBe(read);
    await page.keyboard.press('Control+ArrowRight', { delay: 20 });
    await page.waitForURL(address(second));
    expect(await receiptOf(first)).toMatchObject({ needs_review: true, merchant_name: read });
  });

  it('[Q17] shows what the server refuses at the field it is about, and nothing is lost', async () => {
    const id = await doubtful();
    const { page, allow } = await browser.open(address(id));
    allow({ statuses: [422] });
    const total = page.getByRole('textbox', { name: /^Total/ });
    await total.fill('twelve');
    await page.getByLabel('Quantity of item 1').fill('many');
    await page.keyboard.press('Control+Enter', { delay: 20 });
    await page.getByRole('alert').waitFor();
    expect(await total.getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByLabel('Quantity of item 1').getAttribute('aria-invalid')).toBe('true');
    expect(await total.inputValue()).toBe('twelve');
    expect(await receiptOf(id)).toMatchObject({ needs_review: true });
  });

  it('[Q17] tells who was first when somebody else has settled it meanwhile', async () => {
    const id = await doubtful();
    const { page, allow } = await browser.open(address(id));
    allow({ statuses: [409] });
    await page.getByRole('textbox', { name: /^Merchant/ }).fill('Mine');
    const other = { principal: { ...asOwner.principal, user: 7 } };
    await http.current.queue.submitReview({ receipt_id: id, merchant_name: 'Theirs', confirm: true }, other);
    await page.getByText('confirmed by user 7').waitFor();
    await page.keyboard.press('Control+Enter', { delay: 20 });
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('textbox', { name: /^Merchant/ }).inputValue()).toBe('Mine');
    expect((await receiptOf(id)).merchant_name).toBe('Theirs');
  });

  it('[Q17] is refused where somebody else has changed the receipt meanwhile, until its reader has seen that', async () => {
    const id = await doubtful();
    const { page, allow } = await browser.open(address(id));
    allow({ statuses: [409] });
    await page.getByRole('textbox', { name: /^Merchant/ }).fill('Mine');
    const other = { principal: { ...asOwner.principal, user: 7 } };
    await http.current.queue.submitReview({ receipt_id: id, total_amount: '99.00' }, other);
    await page.getByText('This receipt was changed since you opened it').waitFor();
    await page.keyboard.press('Control+Enter', { delay: 20 });
    await page.getByRole('alert').getByText('receipt_changed_since').waitFor();
    expect(await receiptOf(id)).toMatchObject({ needs_review: true, total_amount: '99.00' });
    expect((await receiptOf(id)).merchant_name).not.toBe('Mine');
    await page.getByRole('button', { name: 'I have seen it' }).click();
    await page.keyboard.press('Control+Enter', { delay: 20 });
    await expect.poll(async () => (await receiptOf(id)).needs_review).toBe(false);
    expect(await receiptOf(id)).toMatchObject({ merchant_name: 'Mine', total_amount: '99.00' });
  });

  it('[Q17] ends with a reason when a person rejects the receipt', async () => {
    const id = await doubtful();
    const { page } = await browser.open(address(id));
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByRole('menuitem', { name: 'It is not a receipt' }).click();
    await expect.poll(async () => (await receiptOf(id)).review?.state).toBe('rejected');
  });

  it('[S5] shows hostile text of a receipt as text', async () => {
    const id = await doubtful({ merchant_name: `${HOSTILE}${'x'.repeat(180)}` });
    const list = await browser.open(`${http.current.url}/ui/review`, LOOKS[1]);
    await list.page.getByRole('link', { name: String(id), exact: true }).waitFor();
    await list.expectFits();
    const { page, expectFits } = await browser.open(address(id), LOOKS[1]);
    expect(await page.getByRole('textbox', { name: /^Merchant/ }).inputValue()).toContain(
      '<img src=x onerror=alert(1)>',
    );
    expect(await page.locator('img').count()).toBe(1);
    await expectFits();
  });

  it('[H7] is accessible and fits, in every look', async () => {
    const id = await doubtful({}, receiptPhoto);
    const { page, expectEveryLook } = await browser.open(`${http.current.url}/ui/review`);
    await page.getByRole('link', { name: String(id), exact: true }).waitFor();
    await expectEveryLook({ name: 'in the list', shot: 'review-list' });
    await page.getByRole('link', { name: String(id), exact: true }).click();
    await page.locator('svg rect[data-field]').first().waitFor({ state: 'attached' });
    await expectEveryLook({ name: 'beside the image', shot: 'review-one' });
  });
});
