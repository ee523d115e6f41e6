import { expect, it } from 'vitest';
import { KEY_SCOPES } from '../../src/contract/access-policies.ts';
import { createKeyPrincipal } from '../../src/http/principal.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { createSessions } from '../../src/queue/access/sessions.ts';
import { describeInBrowser, OVER_PAGE } from './support/browser.ts';
import { NOTHING, useDashboard } from './support/dashboard.ts';

const http = useDashboard((db) => {
  const authenticate = createAuthenticate({ db });
  return { principalOf: createKeyPrincipal(authenticate), sessions: createSessions({ db, authenticate }) };
});
const OPERATOR = { tenant: 'default', user: 1, scopes: new Set(KEY_SCOPES) };
let made = 0;
const newKey = (scopes: ('all' | 'jobs:read')[] = ['all']) =>
  http.current.queue.createKey({ name: `page-${++made}`, scopes, user_id: 7 }, { principal: OPERATOR });

describeInBrowser('[S4] the login', (browser) => {
  it('[S4] opens over the page that was asked for, refuses a wrong key with a reason, and leads to that page', async () => {
    const { key } = await newKey();
    const opened = await browser.open(`${http.current.url}${NOTHING}`);
    const { page } = opened;
    opened.allow({ statuses: [401] });
    await page.goto(`${http.current.url}/ui/jobs?status=failed`);
    const dialog = page.getByRole('dialog', { name: 'This queue asks for a key' });
    await dialog.waitFor();
    await opened.expectEveryLook({ shot: 'login' });
    await dialog.getByLabel('Key').fill('pq_wrong');
    await dialog.getByRole('button', { name: 'Open' }).click();
    await dialog.getByRole('alert').waitFor();
    await opened.expectEveryLook({ name: 'with a wrong key', within: OVER_PAGE });
    await dialog.getByLabel('Key').fill(key);
    await dialog.getByLabel('Key').press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('No job matches this filter').waitFor();
    expect(new URL(page.url()).search).toBe('?status=failed');
    // No script of the page can read what lets it in.
    expect(await page.evaluate(() => document.cookie)).toBe('');
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain('pq_');
  });

  it('[S4] opens again where the key is revoked in the middle, and returns to the same address', async () => {
    const { key, key_id } = await newKey();
    const opened = await browser.open(`${http.current.url}${NOTHING}`);
    const { page } = opened;
    opened.allow({ statuses: [401] });
    await page.goto(`${http.current.url}/ui/failed`);
    await page.getByRole('textbox', { name: 'Key' }).fill(key);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('No job has failed').waitFor();
    await http.current.queue.revokeKey({ key_id }, { principal: OPERATOR });
    const dialog = page.getByRole('dialog', { name: 'This queue asks for a key' });
    await expect
      .poll(
        async () => {
          await page
            .getByRole('link', { name: 'Jobs' })
            .click({ timeout: 500 })
            .catch(() => undefined);
          return dialog.isVisible();
        },
        { timeout: 40_000, interval: 500 },
      )
      .toBe(true);
    const { pathname } = new URL(page.url());
    const next = await newKey();
    await page.getByRole('textbox', { name: 'Key' }).fill(next.key);
    await page.getByRole('button', { name: 'Open' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(new URL(page.url()).pathname).toBe(pathname);
  });

  it('[S4] with a key that may only read shows every action with the reason why it cannot be done', async () => {
    const { key } = await newKey(['jobs:read']);
    const opened = await browser.open(`${http.current.url}${NOTHING}`);
    const { page } = opened;
    opened.allow({ statuses: [401] });
    await page.goto(`${http.current.url}/`);
    await page.getByRole('textbox', { name: 'Key' }).fill(key);
    await page.getByRole('button', { name: 'Open' }).click();
    const add = page.getByRole('button', { name: 'Add receipts' });
    await expect.poll(() => add.getAttribute('title')).toBe('Your key lacks the scope jobs:write.');
    await add.click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
    await expect
      .poll(() => page.getByRole('button', { name: 'Pause queue…' }).getAttribute('title'))
      .toBe('Your key lacks the scope queue:admin.');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog', { name: 'This queue asks for a key' }).waitFor();
  });
});
