import type { Page } from 'playwright-core';

/** What there is for them to show. */
export interface Made {
  /** A receipt that was read, and is in doubt. */
  read: number;
  waiting: number;
  webhook: string;
}

export const press = async (page: Page, ...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key, { delay: 20 });
};
const click = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).first().click();
const choose = (menu: string, item: string) => async (page: Page) => {
  await page.getByRole('button', { name: menu }).click();
  await page.getByRole('menuitem', { name: item }).click();
};
/** The address of a page of the table, about what there is. */
export const addressOn = (on: string, { read, waiting, webhook }: Made): string =>
  on.replace(':read', String(read)).replace(':waiting', String(waiting)).replace(':webhook', webhook);

export interface Dialog {
  readonly what: string;
  /** The file that shows it. */
  readonly by: string;
  /** The address of its page; `:read`, `:waiting` and `:webhook` are what there is. */
  readonly on: string;
  /** Opens it, as a person does. */
  readonly open: (page: Page) => Promise<unknown>;
  /** Text that tells that it has what it shows. */
  readonly says: string | RegExp;
  /** The button that has the focus again when it is closed; of what keys or addresses open there is none. */
  readonly back?: string;
}

/** Every dialog and menu of the dashboard but the login, which has a test of its own. */
export const DIALOGS: readonly Dialog[] = [
  {
    what: 'the help',
    by: 'shell/help.tsx',
    on: '/',
    open: (page) => press(page, 'Shift+?'),
    says: 'Single-letter shortcuts',
  },
  {
    what: 'the upload',
    by: 'pages/upload/upload-dialog.tsx',
    on: '/',
    open: click('Add receipts'),
    says: 'Choose photos',
    back: 'Add receipts',
  },
  {
    what: 'the question before a job is canceled',
    by: 'pages/job/actions.tsx',
    on: '/ui/jobs/ocr-:waiting',
    open: click('Cancel…'),
    says: 'Cancel the job',
    back: 'Cancel…',
  },
  {
    what: 'the question before a receipt is read again',
    by: 'pages/job/actions.tsx',
    on: '/ui/jobs/ocr-:read',
    open: click('Read again…'),
    says: 'The agent is called once more',
    back: 'Read again…',
  },
  {
    what: 'the question before the queue is paused',
    by: 'pages/overview/pause-dialog.tsx',
    on: '/ui/workers',
    open: click('Pause queue…'),
    says: 'Running jobs finish.',
    back: 'Pause queue…',
  },
  {
    what: 'the preview of a redrive',
    by: 'pages/bulk/bulk-dialog.tsx',
    on: '/ui/failed',
    open: click('Redrive all…'),
    says: 'Redrive 2 jobs',
    back: 'Redrive all…',
  },
  {
    what: 'the preview of a clear',
    by: 'pages/bulk/bulk-dialog.tsx',
    on: '/ui/failed',
    open: click('Clear all…'),
    says: 'Clear 2 jobs',
    back: 'Clear all…',
  },
  {
    what: 'the preview of canceling all that a filter finds',
    by: 'pages/bulk/bulk-dialog.tsx',
    on: '/ui/jobs?status=queued',
    open: click('Cancel all of these…'),
    says: 'Cancel 1 job',
    back: 'Cancel all of these…',
  },
  {
    what: 'the question before selected jobs are retried',
    by: 'pages/jobs/selection-dialog.tsx',
    on: '/ui/jobs',
    open: async (page) => {
      await page.getByRole('checkbox').nth(3).waitFor();
      for (const box of await page.getByRole('checkbox').all()) await box.check();
      await page.getByRole('button', { name: 'Retry…' }).click();
    },
    says: '2 selected jobs cannot be changed this way',
    back: 'Retry…',
  },
  {
    what: 'the estimate of all pending receipts',
    by: 'pages/batches/queue-pending.tsx',
    on: '/ui/batches',
    open: click('Queue pending…'),
    says: 'No receipt is pending',
    back: 'Queue pending…',
  },
  {
    what: 'the form of a new schedule',
    by: 'pages/schedules/schedule-form.tsx',
    on: '/ui/schedules',
    open: click('New schedule'),
    says: 'Create schedule',
    back: 'New schedule',
  },
  {
    what: 'the form of a schedule that is changed',
    by: 'pages/schedules/schedule-form.tsx',
    on: '/ui/schedules',
    open: choose('More about nightly', 'Change…'),
    says: 'Change nightly',
  },
  {
    what: 'the menu of a schedule',
    by: 'pages/schedules/schedule-card.tsx',
    on: '/ui/schedules',
    open: click('More about nightly'),
    says: 'Delete…',
    back: 'More about nightly',
  },
  {
    what: 'the question before a schedule is paused',
    by: 'pages/schedules/schedule-dialogs.tsx',
    on: '/ui/schedules',
    open: click('Pause…'),
    says: 'Pause nightly?',
    back: 'Pause…',
  },
  {
    what: 'the question before a schedule is deleted',
    by: 'pages/schedules/schedule-dialogs.tsx',
    on: '/ui/schedules',
    open: choose('More about nightly', 'Delete…'),
    says: 'Delete nightly?',
  },
  {
    what: 'the form of a new webhook',
    by: 'pages/webhooks/webhook-form.tsx',
    on: '/ui/webhooks',
    open: click('New webhook'),
    says: 'Create webhook',
    back: 'New webhook',
  },
  {
    what: 'the secret of a new webhook',
    by: 'pages/webhooks/webhook-form.tsx',
    on: '/ui/webhooks',
    open: async (page) => {
      await page.getByRole('button', { name: 'New webhook' }).click();
      await page.getByLabel('Address').fill('https://hooks.example/another');
      await page.getByRole('button', { name: 'Create webhook' }).click();
    },
    says: /^whsec_/,
  },
  {
    what: 'the menu of a webhook',
    by: 'pages/webhooks/webhook-actions.tsx',
    on: '/ui/webhooks/:webhook',
    open: click('More about this webhook'),
    says: 'New secret…',
    back: 'More about this webhook',
  },
  {
    what: 'what a webhook answered to a test',
    by: 'pages/webhooks/webhook-actions.tsx',
    on: '/ui/webhooks/:webhook',
    open: click('Send test'),
    says: 'Request body',
    back: 'Send test',
  },
  {
    what: 'a delivery',
    by: 'pages/webhooks/deliveries.tsx',
    on: '/ui/webhooks/:webhook',
    open: click('webhook.test'),
    says: 'Send it again',
    back: 'webhook.test',
  },
  {
    what: 'the question before a webhook gets a new secret',
    by: 'pages/webhooks/webhook-actions.tsx',
    on: '/ui/webhooks/:webhook',
    open: choose('More about this webhook', 'New secret…'),
    says: 'Create secret',
  },
  {
    what: 'the new secret of a webhook',
    by: 'pages/webhooks/webhook-actions.tsx',
    on: '/ui/webhooks/:webhook',
    open: async (page) => {
      await choose('More about this webhook', 'New secret…')(page);
      await page.getByRole('button', { name: 'Create secret' }).click();
    },
    says: /^whsec_/,
  },
  {
    what: 'the question before a webhook is deleted',
    by: 'pages/webhooks/webhook-actions.tsx',
    on: '/ui/webhooks/:webhook',
    open: choose('More about this webhook', 'Delete…'),
    says: 'Delete this webhook?',
  },
  {
    what: 'what went wrong with a webhook',
    by: 'pages/webhooks/webhook-actions.tsx',
    on: '/ui/webhooks/:webhook',
    open: async (page) => {
      const body = JSON.stringify({ code: 'ledger_unavailable', title: 'Not now', detail: 'The database is away.' });
      const answer = { status: 503, contentType: 'application/problem+json', body };
      await page.route('**/webhooks/*', (route) =>
        route.request().method() === 'PATCH' ? route.fulfill(answer) : route.fallback(),
      );
      await page.getByRole('button', { name: 'Pause', exact: true }).click();
    },
    says: 'The database is away.',
    back: 'Pause',
  },
  {
    what: 'the reasons to reject a receipt',
    by: 'pages/review/review-form.tsx',
    on: '/ui/review/:read',
    open: click('Reject'),
    says: 'It is not a receipt',
    back: 'Reject',
  },
  {
    what: 'the question before a call that changes something',
    by: 'pages/api/try-it.tsx',
    on: '/docs?operation=pause_queue',
    open: click('Try it…'),
    says: 'Call pause_queue for real?',
    back: 'Try it…',
  },
];
