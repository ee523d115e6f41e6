import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { handle } from '../handler.mjs';

const connection = () =>
  new Redis({ host: '127.0.0.1', port: Number(process.env.PEERS_REDIS_PORT), maxRetriesPerRequest: null });

export async function open(namespace) {
  const queue = new Queue(namespace, { connection: connection() });
  await queue.waitUntilReady();
  return {
    enqueue: async (job) => (await queue.add('ocr', job)).id,
    batch: async (jobs) => void (await queue.addBulk(jobs.map((data) => ({ name: 'ocr', data })))),
    status: async (id) => (await queue.getJob(id)).getState(),
    counts: () => queue.getJobCounts(),
    close: () => queue.close(),
  };
}

export function work(namespace, concurrency) {
  new Worker(namespace, (job) => handle(job.data), { connection: connection(), concurrency });
}
