import { PgBoss } from 'pg-boss';
import { handle } from '../handler.mjs';

/** With its options for a short delay (notifications) and for a worker that dies (heartbeats), both off by default. */
async function started(schema) {
  const boss = new PgBoss({ connectionString: process.env.PEERS_DATABASE_URL, schema, useListenNotify: true });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue('ocr', { notify: true, heartbeatSeconds: 10 });
  return boss;
}

export async function open(namespace) {
  const boss = await started(namespace);
  return {
    enqueue: (job) => boss.send('ocr', job),
    batch: async (jobs) =>
      void (await boss.insert(
        'ocr',
        jobs.map((data) => ({ data })),
      )),
    status: async (id) => (await boss.findJobs('ocr', { id }))[0]?.state,
    counts: () => boss.getQueueStats('ocr'),
    close: () => boss.stop({ graceful: false }),
  };
}

export async function work(namespace, slots) {
  const boss = await started(namespace);
  const options = { batchSize: slots, burstWhenBatchFull: true };
  await boss.work('ocr', options, (jobs) => Promise.all(jobs.map((job) => handle(job.data))));
}
