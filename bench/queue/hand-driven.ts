import { createActivities } from '../../activities/index.ts';
import { createRunningJobs } from '../../activities/running-jobs.ts';
import type { Composed, WorkerSettings } from '../../src/compose.ts';
import { connectWorkers, createEngineWorkers } from '../../src/engine/workers.ts';
import { noOpAgent } from './no-op-agent.ts';
import { silent } from './queue.ts';

/** A worker without a gate, beats or any other timer that asks the ledger. */
export async function composeActivities(base: Composed, settings: WorkerSettings): Promise<{ stop(): Promise<void> }> {
  const { connection } = await connectWorkers(settings.engine);
  const workers = await createEngineWorkers({
    connection,
    namespace: settings.engine.namespace,
    queueName: settings.queueName,
    identity: 'bench',
    activities: createActivities({
      db: base.db,
      notifier: base.notifier,
      agent: noOpAgent(),
      log: silent,
      worker: { id: 'bench', name: 'bench' },
      ledgerId: base.ledgerId,
      workflowIdPrefix: settings.workflowIdPrefix,
      running: createRunningJobs(),
      attemptTimeoutMs: settings.attemptTimeoutMs,
      ownsImage: base.blobs.owns,
      defaultCurrency: settings.defaultCurrency,
      prices: settings.prices,
    }),
    role: settings.workerRole,
    build: settings.workerBuild,
    agentSlots: settings.agentSlots,
    workflows: settings.workflows,
    shutdownGraceMs: settings.shutdownGraceMs,
  });
  const running = workers.run();
  return {
    async stop() {
      workers.shutdown();
      await running;
      await connection.close();
    },
  };
}
