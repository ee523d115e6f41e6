import { createQueueClient } from '../../../../dist/src/client/index.js';
import { openReceipts } from './own-receipts.mjs';

/** It runs beside this process, as servers do; its supervisor starts it again. */
export const runningWorker = () => Number(process.env.PEERS_OWN_WORKER_PID);

export async function open() {
  const queue = createQueueClient({ url: process.env.PEERS_OWN_URL });
  const receipts = openReceipts();
  return {
    prepare: receipts.prepare,
    async enqueue() {
      const [receipt_id] = receipts.take(1);
      return (await queue.enqueueOcr({ receipt_id })).job_id;
    },
    batch: async (jobs) => void (await queue.enqueueBatchOcr({ receipt_ids: receipts.take(jobs.length) })),
    status: (job_id) => queue.getJobStatus({ job_id }),
    counts: () => queue.queueInfo({}),
    pause: () => queue.pauseQueue({ reason: 'bench' }),
    close: () => receipts.db.end(),
  };
}
