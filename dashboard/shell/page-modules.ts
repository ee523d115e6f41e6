import type { ComponentType } from 'react';
import type { PageKey } from '../pages.ts';
import { lazyPart } from './lazy-part.ts';
import type { PageProps } from './page-props.ts';

type PageModule = { readonly Page: ComponentType<PageProps> };

/** The code of each page, loaded when it is opened. */
const MODULES: Readonly<Record<PageKey, () => Promise<PageModule>>> = {
  overview: () => import('../pages/overview/overview-page.tsx'),
  jobs: () => import('../pages/jobs/jobs-page.tsx'),
  job: () => import('../pages/job/job-page.tsx'),
  failed: () => import('../pages/failed/failed-page.tsx'),
  review: () => import('../pages/review/review-page.tsx'),
  reviewOne: () => import('../pages/review/review-one-page.tsx'),
  receipts: () => import('../pages/receipts/receipts-page.tsx'),
  batches: () => import('../pages/batches/batches-page.tsx'),
  batch: () => import('../pages/batches/batch-page.tsx'),
  schedules: () => import('../pages/schedules/schedules-page.tsx'),
  webhooks: () => import('../pages/webhooks/webhooks-page.tsx'),
  webhook: () => import('../pages/webhooks/webhook-page.tsx'),
  workers: () => import('../pages/workers/workers-page.tsx'),
  api: () => import('../pages/api/api-page.tsx'),
};

/** Pages as components. */
export const PAGE_COMPONENTS = Object.fromEntries(
  Object.entries(MODULES).map(([key, load]) => [key, lazyPart(async () => (await load()).Page)]),
) as unknown as Readonly<Record<PageKey, ComponentType<PageProps>>>;
