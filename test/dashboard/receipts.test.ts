import { beforeAll, expect, it } from 'vitest';
import { newPhoto } from '../http/support/images.ts';
import { describeInBrowser } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { readReceipt, upload } from './support/reading.ts';

const http = useDashboard();

const READ = [
  { merchant_name: 'Corner Shop', purchase_date: '2026-01-30', total_amount: '0.10', currency: 'EUR' },
  { merchant_name: 'Corner Shop', purchase_date: '2026-02-01', total_amount: '0.20', currency: 'EUR' },
  { merchant_name: 'Market Hall', purchase_date: '2026-02-03', total_amount: '99.99', currency: 'USD' },
  { merchant_name: 'Car Dealer', purchase_date: '2026-02-04', total_amount: '12345678.90', currency: 'GBP' },
];
beforeAll(async () => {
  for (const metadata of READ) {
    const receipt = await upload(http.current, newPhoto());
    await readReceipt(http.current, receipt, { metadata: { ...metadata, confidence: 0.95 }, items: [] });
  }
});

describeInBrowser('[W5] the receipts', (browser) => {
  it('[W5] are summed exactly, each currency for itself, in every look', async () => {
    const { page, expectEveryLook } = await browser.open(`${http.current.url}/ui/receipts`);
    const sums = page.getByRole('table', { name: 'Sums' });
    await sums.getByText('99.99 USD').waitFor();
    // Added as floats these would be 0.30000000000000004.
    await sums.getByRole('row', { name: /^EUR\s2\s0\.30\sEUR/ }).waitFor();
    await expectEveryLook({ shot: 'receipts' });
  });

  it('[W5] show their totals whole, in every list, on a desk and on a phone', async () => {
    const { page } = await browser.open(`${http.current.url}/ui/receipts`);
    const cut = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('td')]
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
          .map(({ textContent }) => textContent)
          .filter((text) => /\d\s[A-Z]{3}$/.test(text)),
      );
    for (const address of ['/ui/receipts', '/ui/jobs', '/']) {
      await page.goto(`${http.current.url}${address}`);
      for (const width of [1280, 900, 390]) {
        await page.setViewportSize({ width, height: 844 });
        await page
          .getByText(/12,345,678\.90\sGBP/)
          .first()
          .waitFor({ state: 'attached' });
        expect(await cut(), `${address} at ${width}`).toEqual([]);
      }
    }
  });

  it('[W5] are found by shop and day; back, reload and the address keep the filter', async () => {
    const { page } = await browser.open(`${http.current.url}/ui/receipts`);
    const found = page.getByRole('table', { name: 'Receipts' });
    await found.getByText('Market Hall').waitFor();
    await page.getByLabel('Shop').fill('corner shop');
    await page.getByRole('button', { name: 'Search' }).click();
    await found.getByText('Market Hall').waitFor({ state: 'detached' });
    await found.getByText('Corner Shop').nth(1).waitFor();
    expect(new URL(page.url()).searchParams.get('merchant')).toBe('corner shop');
    await page.reload();
    await found.getByText('Corner Shop').nth(1).waitFor();
    expect(await page.getByLabel('Shop').inputValue()).toBe('corner shop');
    const csv = await page.getByRole('link', { name: 'CSV' }).getAttribute('href');
    const text = await (await http.current.fetch(csv ?? '')).text();
    expect(text.trim().split('\n')).toHaveLength(3);
    await page.goBack();
    await found.getByText('Market Hall').waitFor();
    expect(await page.getByLabel('Shop').inputValue()).toBe('');
  });

  it('[W5] are grouped by shop, month or item, as the address says', async () => {
    const { page } = await browser.open(`${http.current.url}/ui/receipts?sum_by=month`);
    const sums = page.getByRole('table', { name: 'Sums' });
    await sums.getByText('2026-01').waitFor();
    await page.getByLabel('By').selectOption('merchant');
    await sums.getByText('Corner Shop').waitFor();
    expect(new URL(page.url()).searchParams.get('sum_by')).toBe('merchant');
  });

  it('[W5] that a filter does not find offer to drop it, and a wrong one is refused with the server’s words', async () => {
    const opened = await browser.open(`${http.current.url}/ui/receipts?item=caviar`);
    await opened.page.getByText('No receipt matches this filter').waitFor();
    opened.allow({ statuses: [422] });
    await opened.page.getByLabel('Currency').fill('E1');
    await opened.page.getByRole('button', { name: 'Search' }).click();
    await opened.page
      .getByText(/currency must be a code of three letters/)
      .first()
      .waitFor();
    await opened.page.getByRole('button', { name: 'Remove filter' }).first().click();
    await opened.page.getByRole('table', { name: 'Receipts' }).getByText('Market Hall').waitFor();
  });
});
