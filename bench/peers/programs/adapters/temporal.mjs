import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { handle } from '../handler.mjs';

const address = process.env.PEERS_TEMPORAL_ADDRESS;
const STARTS_AT_ONCE = 50;
const BEAT_MS = 1_000;

export async function open(taskQueue) {
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection });
  const enqueue = async (job) => {
    const workflowId = `${taskQueue}-${job.receipt_id}`;
    await workflow.start('ocr', { taskQueue, workflowId, args: [job] });
    return workflowId;
  };
  return {
    enqueue,
    // No call starts many.
    async batch(jobs) {
      for (let at = 0; at < jobs.length; at += STARTS_AT_ONCE) {
        await Promise.all(jobs.slice(at, at + STARTS_AT_ONCE).map(enqueue));
      }
    },
    status: async (id) => (await workflow.getHandle(id).describe()).status.name,
    counts: () => workflow.count(`TaskQueue = '${taskQueue}' GROUP BY ExecutionStatus`),
    close: () => connection.close(),
  };
}

export async function work(taskQueue, slots) {
  const { DefaultLogger, NativeConnection, Runtime, Worker } = await import('@temporalio/worker');
  const { heartbeat } = await import('@temporalio/activity');
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    taskQueue,
    workflowsPath: fileURLToPath(new URL('./temporal-workflow.cjs', import.meta.url)),
    activities: {
      async handle(job) {
        const beats = setInterval(() => heartbeat(), BEAT_MS);
        await handle(job).finally(() => clearInterval(beats));
      },
    },
    maxConcurrentActivityTaskExecutions: slots,
  });
  await worker.run();
}
