/**
 * The typed client in twenty lines: uploads a photo, waits until it has been read, prints what was found.
 *
 *   node --import tsx examples/quick-start.ts assets/receipts/aldi_02032020_19_02423.jpg
 */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createQueueClient, isAppError } from 'pantry-queue/client';

const file = process.argv[2] ?? 'assets/receipts/aldi_02032020_19_02423.jpg';
const queue = createQueueClient({
  url: process.env.PANTRY_QUEUE_URL ?? 'http://127.0.0.1:8000',
  key: process.env.PANTRY_QUEUE_KEY,
});

try {
  const { receipt, job } = await queue.addReceipt({ bytes: createReadStream(file), filename: basename(file) });
  console.log(`receipt ${receipt.id}, job ${job.job_id}`);

  // One call waits at most 45 s; the answer says where the job is, whether it has ended or not.
  let now = await queue.getJobStatus({ job_id: job.job_id, wait_seconds: 45 });
  for (let waits = 0; waits < 20 && !['finished', 'failed', 'canceled'].includes(now.status); waits++) {
    now = await queue.getJobStatus({ job_id: job.job_id, wait_seconds: 45 });
  }
  const read = await queue.getReceipt({ receipt_id: receipt.id });
  console.log(now.status, read.merchant_name, read.total_amount, read.currency);
} catch (error) {
  if (!isAppError(error)) throw error;
  console.error(`${error.code}: ${error.message} ${error.hint}`);
  process.exitCode = 1;
}
