import type { Page } from 'playwright-core';

export interface Allowed {
  /** Statuses of answers that a test makes on purpose. */
  readonly statuses?: readonly number[];
  /** The server is away for a while. */
  readonly isAway?: boolean;
}

/** Notes whatever must not happen on a page. */
export async function watchTroubles(
  page: Page,
  origin: string,
): Promise<{ troubles(): readonly string[]; allow(allowed: Allowed): void }> {
  const noted: string[] = [];
  let statuses: readonly number[] = [];
  let isAway = false;
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const text = message.text();
    const status = Number(/responded with a status of (\d+)/.exec(text)?.[1] ?? 0);
    if (statuses.includes(status)) return;
    if (isAway && /ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE|ERR_NETWORK|status of 50\d/.test(text)) return;
    noted.push(`${message.type()} in the console: ${text} (${message.location().url})`);
  });
  page.on('pageerror', (error) => noted.push(`error of the page: ${error.stack ?? error.message}`));
  page.on('dialog', (dialog) => {
    noted.push(`dialog of a script: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('blob:')) noted.push(`request to ${url}`);
  });
  // The console tells of most violations, but not of all.
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
      // biome-ignore lint/suspicious/noConsole: what reaches the console of the page fails the test
      console.error(`policy: ${violatedDirective} ${blockedURI} ${sample}`);
    });
  });
  return {
    troubles: () => noted,
    allow(allowed) {
      statuses = [...statuses, ...(allowed.statuses ?? [])];
      isAway ||= allowed.isAway ?? false;
    },
  };
}
