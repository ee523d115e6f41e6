/** Every page of the dashboard: router, navigation, titles, help and tests read this table. */

export interface Page {
  /** Of its address; `:id` is what it is about. */
  readonly path: string;
  readonly title: string;
  /** Its place in the navigation. */
  readonly nav?: { readonly letter: string; readonly count?: 'failed' | 'review' };
  /** What it stands under in the navigation. */
  readonly under?: string;
  /** It uses the whole width. */
  readonly isWide?: true;
}

export const PAGES = {
  overview: { path: '/', title: 'Overview', nav: { letter: 'o' } },
  jobs: { path: '/ui/jobs', title: 'Jobs', nav: { letter: 'j' } },
  job: { path: '/ui/jobs/:id', title: 'Job', under: 'jobs', isWide: true },
  failed: { path: '/ui/failed', title: 'Failed', nav: { letter: 'f', count: 'failed' } },
  review: { path: '/ui/review', title: 'Review', nav: { letter: 'r', count: 'review' } },
  reviewOne: { path: '/ui/review/:id', title: 'Review', under: 'review', isWide: true },
  receipts: { path: '/ui/receipts', title: 'Receipts', nav: { letter: 'e' } },
  batches: { path: '/ui/batches', title: 'Batches', nav: { letter: 'b' } },
  batch: { path: '/ui/batches/:id', title: 'Batch', under: 'batches' },
  schedules: { path: '/ui/schedules', title: 'Schedules', nav: { letter: 's' } },
  webhooks: { path: '/ui/webhooks', title: 'Webhooks', nav: { letter: 'w' } },
  webhook: { path: '/ui/webhooks/:id', title: 'Webhook', under: 'webhooks' },
  workers: { path: '/ui/workers', title: 'Workers', nav: { letter: 'k' } },
  api: { path: '/docs', title: 'API', nav: { letter: 'a' }, isWide: true },
} as const satisfies Readonly<Record<string, Page>>;

export type PageKey = keyof typeof PAGES;

/** The table row by row. */
export const PAGE_ROWS = Object.entries(PAGES) as readonly (readonly [PageKey, Page])[];

/** The address of a page; of one about something, with its id. */
export function addressOfPage(key: PageKey, id = ''): string {
  return PAGES[key].path.replace(':id', encodeURIComponent(id));
}
