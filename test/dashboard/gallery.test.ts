import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeInBrowser } from './support/browser.ts';
import { useGallery } from './support/gallery-server.ts';

/** Base UI moves the focus a frame later: keys come as fast as a person's, not faster. */
const TYPED = { delay: 20 } as const;

describeInBrowser('[H7] the parts of Base UI that pages use', (browser) => {
  const gallery = useGallery();
  const open = async () => (await browser.open(gallery.url)).page;
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const press = async (page: Page, ...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key, TYPED);
  };
  /** Opens by keyboard, as somebody without a mouse does. */
  const openBy = async (page: Page, name: string) => {
    await button(page, name).focus();
    await press(page, 'Enter');
  };
  const did = (page: Page) => page.getByTestId('did');
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
  const settled = (page: Page, text: string) => expect.poll(() => focused(page)).toBe(text);

  it('[H7] a confirm dialog opens by Enter, takes the focus, and is named by its title', async () => {
    const page = await open();
    await openBy(page, 'Open confirm');
    await page.getByRole('alertdialog', { name: 'Cancel 3 jobs?' }).waitFor();
    await settled(page, 'Cancel');
  });

  it('[H7] a confirm dialog does what its button says, once, and closes', async () => {
    const page = await open();
    await openBy(page, 'Open confirm');
    await button(page, 'Cancel 3 jobs').click();
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await expect.poll(() => did(page).textContent()).toBe('confirmed');
  });

  it('[H7] Escape closes a confirm dialog, changes nothing, and gives the focus back to its button', async () => {
    const page = await open();
    await openBy(page, 'Open confirm');
    await page.getByRole('alertdialog').waitFor();
    await press(page, 'Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await settled(page, 'Open confirm');
    expect(await did(page).textContent()).toBe('nothing');
  });

  it('[H7] Tab never leaves a modal dialog, however fast it is pressed', async () => {
    const page = await open();
    await openBy(page, 'Open confirm');
    await page.getByRole('alertdialog').waitFor();
    for (let pressed = 0; pressed < 12; pressed += 1) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.querySelector('#root')?.contains(document.activeElement))).toBe(false);
    }
  });

  it('[H7] the page behind a modal dialog is inert, and comes back when it closes', async () => {
    const page = await open();
    const inert = () => page.evaluate(() => document.querySelector('#root')?.hasAttribute('inert'));
    await openBy(page, 'Open confirm');
    await expect.poll(inert).toBe(true);
    await press(page, 'Escape');
    await expect.poll(inert).toBe(false);
    await button(page, 'Behind').click();
    await expect.poll(() => did(page).textContent()).toBe('behind');
  });

  it('[H7] a press beside a confirm dialog does not close it', async () => {
    const page = await open();
    await openBy(page, 'Open confirm');
    await page.getByRole('alertdialog').waitFor();
    await page.mouse.click(5, 5);
    await press(page, 'Shift+Tab');
    expect(await page.getByRole('alertdialog').count()).toBe(1);
  });

  it('[H7] what a confirmed action throws is told in the dialog, which stays open', async () => {
    const page = await open();
    await openBy(page, 'Open failing confirm');
    await button(page, 'Retry it').click();
    const alert = page.getByRole('alertdialog').getByRole('alert');
    await alert.getByText('It is gone').waitFor();
    expect(await alert.textContent()).toContain('job_not_found');
  });

  it('[H7] the trouble of a dialog is gone when it is opened again', async () => {
    const page = await open();
    await openBy(page, 'Open failing confirm');
    await button(page, 'Retry it').click();
    await page.getByRole('alert').waitFor();
    await press(page, 'Escape');
    await openBy(page, 'Open failing confirm');
    await page.getByRole('alertdialog').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('[H7] a form dialog puts the focus into itself, and its close button gives it back to what opened it', async () => {
    const page = await open();
    await openBy(page, 'Open dialog');
    const dialog = page.getByRole('dialog', { name: 'New schedule' });
    await dialog.waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'detached' });
    await settled(page, 'Open dialog');
  });

  it('[H7] a form dialog with something typed is not closed by a press beside it', async () => {
    const page = await open();
    await openBy(page, 'Open dialog');
    await page.getByLabel('Name').fill('nightly');
    await page.mouse.click(5, 5);
    await press(page, 'Shift+Tab');
    expect(await page.getByLabel('Name').inputValue()).toBe('nightly');
  });

  it('[H7] Escape closes only the upper one of two dialogs, then the other', async () => {
    const page = await open();
    await openBy(page, 'Open dialog');
    await openBy(page, 'Delete it…');
    await page.getByRole('alertdialog').waitFor();
    await press(page, 'Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await settled(page, 'Delete it…');
    expect(await page.getByRole('dialog', { name: 'New schedule' }).count()).toBe(1);
    expect(await page.evaluate(() => document.querySelector('#root')?.hasAttribute('inert'))).toBe(true);
    await press(page, 'Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('[H7] a menu opens by Enter on its first item, and the arrows move in a circle', async () => {
    const page = await open();
    await openBy(page, 'More actions');
    await settled(page, 'Pause');
    await press(page, 'ArrowUp');
    await settled(page, 'Delete');
    await press(page, 'ArrowDown');
    await settled(page, 'Pause');
  });

  it('[H7] Enter on an item of a menu does it, and the menu closes', async () => {
    const page = await open();
    await openBy(page, 'More actions');
    await settled(page, 'Pause');
    await press(page, 'Enter');
    await expect.poll(() => did(page).textContent()).toBe('paused');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await settled(page, 'More actions');
  });

  it('[H7] a letter moves to the item of a menu that begins with it', async () => {
    const page = await open();
    await openBy(page, 'More actions');
    await settled(page, 'Pause');
    await press(page, 'd');
    await settled(page, 'Delete');
  });

  it('[H7] an item of a menu that is off does nothing and says why', async () => {
    const page = await open();
    await openBy(page, 'More actions');
    const item = page.getByRole('menuitem', { name: 'Resume' });
    expect(await item.getAttribute('aria-disabled')).toBe('true');
    expect(await item.getAttribute('title')).toBe('It is not paused');
    await item.click({ force: true });
    expect(await did(page).textContent()).toBe('nothing');
  });

  it('[H7] a popover with a list of choices stays open while one is chosen, and Escape gives the focus back', async () => {
    const page = await open();
    await openBy(page, 'Filters');
    await page.getByLabel('State').selectOption('failed');
    expect(await page.getByLabel('State').inputValue()).toBe('failed');
    await page.getByLabel('State').focus();
    await press(page, 'Escape');
    await page.getByLabel('State').waitFor({ state: 'detached' });
    await settled(page, 'Filters');
  });

  it('[H7] the arrows move between tabs, and Enter opens one', async () => {
    const page = await open();
    await page.getByRole('tab', { name: 'curl' }).focus();
    await press(page, 'ArrowRight');
    await settled(page, 'CLI');
    await press(page, 'Enter');
    await page.getByText('by CLI').waitFor();
    await press(page, 'End');
    await settled(page, 'MCP');
  });

  it('[H7] a toast is announced politely, reached by F6, and closed by keyboard', async () => {
    const page = await open();
    await openBy(page, 'Tell');
    await page.getByText('ocr-17 waits for its turn').first().waitFor();
    expect(await page.locator('[aria-live=polite]').count()).toBeGreaterThan(0);
    await press(page, 'F6');
    await button(page, 'Dismiss').focus();
    await press(page, 'Enter');
    await button(page, 'Dismiss').waitFor({ state: 'detached' });
  });

  it('[H7] a field is named by its label and described by its note and its error', async () => {
    const page = await open();
    const field = page.getByRole('textbox', { name: 'Cron' });
    await field.fill('x');
    await page.getByText('cron has five fields').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    const described = await field.evaluate((element) =>
      (element.getAttribute('aria-describedby') ?? '')
        .split(' ')
        .map((id) => document.getElementById(id)?.textContent)
        .join(' '),
    );
    expect(described).toContain('Minute, hour, day');
    expect(described).toContain('cron has five fields');
  });

  it('[H7] a button that may not be pressed is reached by Tab, says why, and does nothing', async () => {
    const page = await open();
    await openBy(page, 'Forbidden');
    expect(await button(page, 'Forbidden').getAttribute('title')).toBe('Your key may not do that');
    expect(await did(page).textContent()).toBe('nothing');
  });

  it('[H7] all of them are accessible while they are open, in every look', async () => {
    const { page, expectEveryLook } = await browser.open(gallery.url);
    await expectEveryLook({ name: 'at rest' });
    await openBy(page, 'Open confirm');
    await page.getByRole('alertdialog').waitFor();
    await expectEveryLook({ name: 'with a confirm dialog', shot: 'gallery-confirm' });
    await press(page, 'Escape');
    await openBy(page, 'Open dialog');
    await page.getByRole('dialog').waitFor();
    await expectEveryLook({ name: 'with a dialog' });
    await press(page, 'Escape');
    await openBy(page, 'More actions');
    await page.getByRole('menu').waitFor();
    await expectEveryLook({ name: 'with a menu' });
    await press(page, 'Escape');
    await openBy(page, 'Tell');
    await page.getByText('ocr-17 waits for its turn').first().waitFor();
    // A toast that has the focus stays.
    await press(page, 'F6');
    await expectEveryLook({ name: 'with a toast', shot: 'gallery-toast' });
  });
});
