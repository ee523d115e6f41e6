import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Composed, composeQueue, type WorkerSettings } from '../../src/compose.ts';
import { NO_PRICES } from '../../src/contract/cost.ts';
import type { Principal } from '../../src/contract/principal.ts';
import type { Db } from '../../src/ledger/db.ts';
import type { Log } from '../../src/ports.ts';
import type { EngineConfig } from './servers.ts';

export const silent: Log = { info() {}, warn() {}, error() {} };

const operator: Principal = {
  tenant: 'default',
  user: 1,
  scopes: new Set(['jobs:read', 'jobs:write', 'queue:admin', 'act_as']),
};
export const asOperator = { principal: operator };

/** Settings of one queue; every caller gets task queues and workflow ids of its own. */
export function settingsFor(options: {
  databaseUrl: string;
  imageDir: string;
  engine: EngineConfig;
  agentSlots: number;
}): WorkerSettings {
  const id = randomBytes(4).toString('hex');
  return {
    ...options,
    queueName: `bench-${id}`,
    workflowIdPrefix: `${id}-`,
    imageBucket: 'receipts',
    retention: { resultTtlS: 0, failureTtlS: 0 },
    webhooks: { allowPrivate: true, own: { host: '127.0.0.1', port: 0, names: [] } },
    workerName: undefined,
    workerRole: 'all',
    workerBuild: undefined,
    agentUrl: 'http://127.0.0.1:1',
    attemptTimeoutMs: 30_000,
    defaultCurrency: 'VND',
    prices: NO_PRICES,
    shutdownGraceMs: 2_000,
    workflows: { bundlePath: fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url)) },
  };
}

/** The queue as a server holds it, listening; its gate is not started. */
export async function openQueue(settings: WorkerSettings, log: Log = silent): Promise<Composed> {
  const base = await composeQueue(settings, log, { applicationName: 'pantry-queue bench', maxConnections: 20 });
  base.notifier.subscribe(() => {});
  return base;
}

/** Receipts as the replaced system's own code would write them; @returns their ids */
export async function addReceipts(db: Db, count: number, userId = 1): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    `insert into public.receipts (user_id, image_path, purchase_date)
     select $2, 'minio://receipts/image-' || n || '.jpg', '2026-01-31' from generate_series(1, $1) n returning id`,
    [count, userId],
  );
  return rows.map((row) => row.id);
}
