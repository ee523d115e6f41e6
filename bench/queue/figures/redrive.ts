import { composeWorker } from '../../../src/compose-worker.ts';
import { installRuntime } from '../../../src/engine/workers.ts';
import type { Bench } from '../bench.ts';
import { endedJobs } from '../ended-jobs.ts';
import { failWithReplies } from '../fail-jobs.ts';
import type { Figure } from '../figure.ts';
import { noOpAgent } from '../no-op-agent.ts';
import { addReceipts, asOperator, openQueue, settingsFor, silent } from '../queue.ts';

const JOBS = 10_000;

/** Failed jobs whose replies are stored, run again by one call, to the end of the last. */
export async function measureRedrive(bench: Bench): Promise<Figure[]> {
  const { engine, imageDir } = bench.servers;
  const databaseUrl = await bench.servers.createDatabase('bench_redrive');
  const settings = settingsFor({ databaseUrl, imageDir, engine, agentSlots: 20 });
  const base = await openQueue(settings);
  const { db, queue } = base;
  try {
    await queue.enqueueBatchOcr({ receipt_ids: await addReceipts(db, JOBS) }, asOperator);
    await failWithReplies(db);
    const { confirm_token } = await queue.redriveFailedJobs({}, asOperator);
    const startedAt = performance.now();
    await queue.redriveFailedJobs({ confirm_token }, asOperator);
    const acceptedMs = performance.now() - startedAt;
    const figures: Figure[] = [
      {
        id: 'redrive_accepted',
        what: `a redrive of ${JOBS.toLocaleString('en')} failed jobs, accepted`,
        unit: 'ms',
        value: acceptedMs,
        bound: { atMost: 300 },
      },
    ];
    if (!bench.full) return figures;
    // Only where a worker follows: a runtime that no worker has used keeps the process alive.
    installRuntime(silent);
    const ended = endedJobs();
    let calls = 0;
    const worker = composeWorker(
      settings,
      ended.log,
      base,
      noOpAgent(() => calls++),
    );
    const working = worker.run();
    await ended.until(JOBS);
    const seconds = (performance.now() - startedAt) / 1_000;
    worker.stop();
    await working;
    return [
      ...figures,
      { id: 'redrive_completed', what: 'the same, to the end of its last job', unit: 's', value: seconds },
      { id: 'redrive_calls', what: 'calls of the agent meanwhile', unit: '', value: calls, bound: { atMost: 0 } },
    ];
  } finally {
    await base.close();
  }
}
