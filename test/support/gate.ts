import { afterAll, beforeAll } from 'vitest';
import { NO_PRICES } from '../../src/contract/cost.ts';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import { createCropper } from '../../src/crop/cropper.ts';
import { createDispatch, type Dispatch } from '../../src/dispatch/create-dispatch.ts';
import type { Retention } from '../../src/dispatch/deps.ts';
import type { Db } from '../../src/ledger/db.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { createNotifier } from '../../src/ledger/notify.ts';
import { beat, type WorkerBeat } from '../../src/ledger/processes/workers.ts';
import type { Blobs } from '../../src/ports.ts';
import { createQueue } from '../../src/queue/create-queue.ts';
import type { Webhooks } from '../../src/webhooks/create-webhooks.ts';
import { createTestDatabase } from './db.ts';
import { type FakeEngine, fakeEngine } from './engine.ts';
import { createTestFeed } from './feed.ts';
import { testLog } from './log.ts';
import { testWebhooks } from './webhooks.ts';

/** A store that holds nothing and owns every path of the bucket; uploads have their own tests. */
export const noBlobs: Omit<Blobs, 'signedUrl'> = {
  put: () => Promise.reject(new Error('nothing is stored in this test')),
  read: async () => undefined,
  exists: async () => false,
  remove: async () => false,
  owns: (path) => path.startsWith('minio://receipts/'),
};

/** Jobs that have ended are kept for ever. */
export const FOR_EVER: Retention = { resultTtlS: 0, failureTtlS: 0 };

export interface GateBench {
  readonly db: Db;
  readonly url: string;
  readonly queue: QueueApi;
  readonly dispatch: Dispatch;
  readonly engine: FakeEngine;
  readonly webhooks: Webhooks;
}

/** The queue and its gate over the real database, with an engine that only remembers. One database a file. */
export function useGate(retention: Retention = FOR_EVER): GateBench {
  let bench: (GateBench & { end(): Promise<void> }) | undefined;
  beforeAll(async () => {
    const { db, url, drop } = await createTestDatabase();
    const notifier = createNotifier(db);
    const engine = fakeEngine();
    const feed = await createTestFeed(db, notifier);
    const ledgerId = await readLedgerId(db);
    const webhooks = testWebhooks({ db, ledgerId });
    const deps = { db, notifier, workflowIdPrefix: '', ledgerId, webhooks };
    bench = {
      db,
      url,
      engine,
      queue: createQueue({
        ...deps,
        feed,
        blobs: noBlobs,
        cropper: createCropper(),
        prices: NO_PRICES,
        queueName: 'test',
        retention,
      }),
      dispatch: createDispatch({
        ...deps,
        engine,
        log: testLog,
        name: 'test',
        retention,
      }),
      webhooks,
      async end() {
        await webhooks.close();
        await feed.close();
        await notifier.close();
        await drop();
      },
    };
  });
  afterAll(() => bench?.end());
  return new Proxy({} as GateBench, {
    get: (_target, name) => {
      if (!bench) throw new Error('the bench is there only while tests run');
      return bench[name as keyof GateBench];
    },
  });
}

/** What a live worker would write into its row. */
export function beatOf(id: string, changes: Partial<WorkerBeat> = {}): WorkerBeat {
  const made = { name: id, host: 'here', pid: 1, role: 'all', slots: 5, version: '1.0.0', buildId: undefined } as const;
  return { id, ...made, running: [], stopping: false, ...changes };
}

export function beatAs(db: Db, id: string, slots: number, running: string[] = []): Promise<void> {
  return beat(db, beatOf(id, { slots, running }));
}

/** A limit as an operator would write it: of the tenant, of one user, of one kind. */
export async function capOf(
  db: Db,
  cap: { in_flight: number; user_id?: number; kind?: string; tenant_id?: string; reason?: string },
): Promise<void> {
  await db.query(
    `insert into pantry_queue.caps (tenant_id, user_id, kind, in_flight, reason) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, user_id, kind, reason) do update set in_flight = excluded.in_flight`,
    [cap.tenant_id ?? 'default', cap.user_id ?? null, cap.kind ?? null, cap.in_flight, cap.reason ?? 'made up'],
  );
}

/** Empties the queue between tests. */
export async function clearJobs(db: Db): Promise<void> {
  await db.query('delete from pantry_queue.jobs');
  await db.query('delete from pantry_queue.dependencies');
  await db.query('delete from pantry_queue.replies');
  await db.query('delete from pantry_queue.paid_calls where not counted');
  await db.query('delete from pantry_queue.commands');
  await db.query('delete from pantry_queue.workers');
  await db.query('delete from pantry_queue.caps');
  await db.query(
    `update pantry_queue.breaker set next_probe_at = null, answered_at = null, failed_probes = 0, replies = 0,
       same_error = null, same_jobs = '{}', asked_at = now() - interval '1 hour'`,
  );
  await db.query(
    `update pantry_queue.queue_state set turn_tenant = '', turn_user = 0,
       swept_at = now(), steady_since = now() - interval '1 hour'`,
  );
}
