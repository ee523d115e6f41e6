import { fileURLToPath } from 'node:url';
import type { HttpDeps } from '../../../src/http/app.ts';
import { readDashboard } from '../../../src/http/dashboard-files.ts';
import type { Db } from '../../../src/ledger/db.ts';
import { type HttpQueue, useHttpQueue } from '../../http/support/http-queue.ts';

/** The dashboard as it was built. */
const dashboard = await readDashboard(fileURLToPath(new URL('../../../dist/dashboard', import.meta.url)));
if (!dashboard) throw new Error('Build first: node scripts/build.mjs');

/** A real server over a real database that serves the built dashboard; jobs are accepted and wait. */
export function useDashboard(changes: (db: Db) => Partial<HttpDeps> = () => ({})): { readonly current: HttpQueue } {
  return useHttpQueue((db) => ({ dashboard, ...changes(db) }));
}

/** An address of the server that loads nothing of the dashboard: from there a page is opened on a cold cache. */
export const NOTHING = '/assets/icon.svg';
