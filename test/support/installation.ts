import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Composed, type ComposeOptions, composeQueue, type WorkerSettings } from '../../src/compose.ts';
import { composeWorker } from '../../src/compose-worker.ts';
import { NO_PRICES } from '../../src/contract/cost.ts';
import type { Job } from '../../src/contract/fields.ts';
import type { JobKinds } from '../../src/jobs/job-type.ts';
import type { Agent } from '../../src/ports.ts';
import { createTestDatabase } from './db.ts';
import { testLog } from './log.ts';
import { asOwner } from './owner.ts';
import { installTestRuntime } from './runtime.ts';
import { OWN } from './webhooks.ts';

const kept = (url: string) => ({ url, drop: async () => {} });

export interface Installation extends Composed {
  readonly settings: WorkerSettings;
  readonly url: string;
  /**
   * Adds a worker, of the agent at `agentUrl` when none is given; `stop` waits until it has finished.
   * @param changes of the settings, for this worker alone
   */
  work(agent?: Agent, changes?: Partial<WorkerSettings>): Promise<{ stop(): Promise<void> }>;
  /** Resolves with the job once it is so; fails loudly with what it was instead. */
  waitFor(jobId: string, done: (job: Job) => boolean, timeoutMs?: number): Promise<Job>;
  dispose(): Promise<void>;
}

/**
 * A queue of the test's own on the run's real PostgreSQL and Temporal: own database, own task queues, own workflow ids.
 * @param options `engineAddress` of another Temporal server
 */
export async function createInstallation(
  options: {
    engineAddress?: string;
    settings?: Partial<WorkerSettings>;
    wrap?: ComposeOptions['wrap'];
    /** Default: those that the program ships. */
    kinds?: JobKinds;
    /** A database that is there already, and stays; else a new one. */
    database?: string;
    /** The address that the queue uses instead of the server's own: a pooler's. */
    through?: (url: string) => string;
  } = {},
): Promise<Installation> {
  const id = randomBytes(4).toString('hex');
  const database = options.database === undefined ? await createTestDatabase() : kept(options.database);
  const imageDir = await mkdtemp(join(tmpdir(), 'pantry-test-images-'));
  const address = options.engineAddress ?? inject('temporalAddress');
  const settings: WorkerSettings = {
    databaseUrl: options.through?.(database.url) ?? database.url,
    queueName: `test-${id}`,
    workflowIdPrefix: `${id}-`,
    imageDir,
    imageBucket: 'receipts',
    retention: { resultTtlS: 0, failureTtlS: 0 },
    webhooks: { allowPrivate: true, own: OWN },
    engine: { address, namespace: 'default', connectionOptions: { address } },
    workerName: undefined,
    workerRole: 'all',
    workerBuild: undefined,
    agentUrl: 'http://127.0.0.1:1',
    agentSlots: 10,
    attemptTimeoutMs: 30_000,
    defaultCurrency: 'VND',
    prices: NO_PRICES,
    shutdownGraceMs: 2_000,
    workflows: { bundlePath: new URL('../../dist/workflow-bundle.js', import.meta.url).pathname },
    ...options.settings,
  };
  installTestRuntime();
  const base = await composeQueue(settings, testLog, {
    applicationName: 'test-queue',
    maxConnections: 20,
    ...(options.wrap ? { wrap: options.wrap } : {}),
    ...(options.kinds ? { kinds: options.kinds } : {}),
  });
  const stops: (() => Promise<void>)[] = [];

  return {
    ...base,
    settings,
    url: database.url,
    async work(agent, changes = {}) {
      const worker = composeWorker({ ...settings, ...changes }, testLog, base, agent);
      const running = worker.run();
      let stopping: Promise<void> | undefined;
      const stop = () => {
        if (!stopping) {
          worker.stop();
          stopping = running;
        }
        return stopping;
      };
      stops.push(stop);
      return { stop };
    },
    async waitFor(jobId, done, timeoutMs = 45_000) {
      const endsAt = Date.now() + timeoutMs;
      for (;;) {
        const job = await base.queue.getJobStatus({ job_id: jobId }, asOwner);
        if (done(job)) return job;
        if (Date.now() > endsAt) throw new Error(`${jobId} did not get there; it is ${JSON.stringify(job)}`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    async dispose() {
      await Promise.all(stops.map((stop) => stop()));
      await base.close();
      await database.drop();
      await rm(imageDir, { recursive: true, force: true });
    },
  };
}
