import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished } from 'vitest';
import { NO_PRICES } from '../../src/contract/cost.ts';
import { createCropper } from '../../src/crop/cropper.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { createQueue } from '../../src/queue/create-queue.ts';
import { addReceipts } from '../support/db.ts';
import { FOR_EVER, noBlobs } from '../support/gate.ts';
import { begun, handedOver } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';
import { testWebhooks } from '../support/webhooks.ts';
import { useCluster } from './support/cluster.ts';
import { startProcess } from './support/process.ts';

const cluster = useCluster();

async function startQueue(changes: Parameters<typeof startProcess>[1] = {}) {
  const there = await startProcess(cluster.url, changes);
  const { db, feed, notifier } = there;
  const names = { ledgerId: 'test', queueName: 'test', workflowIdPrefix: '' };
  const queue = createQueue({
    cropper: createCropper(),
    db,
    feed,
    notifier,
    blobs: noBlobs,
    prices: NO_PRICES,
    retention: FOR_EVER,
    webhooks: testWebhooks({ db, ledgerId: 'test' }),
    ...names,
  });
  const jobReads = () => there.sent.filter((text) => text.includes('subject_gone')).length;
  return {
    ...there,
    queue,
    jobReads,
    wait: (subject: number) => queue.getJobStatus({ job_id: `ocr-${subject}`, wait_seconds: 45 }, asOwner),
  };
}

it('[Q4] a job that ends is read once, and none of the others that are waited for', async () => {
  const { wait, jobReads, notifier } = await startQueue();
  const runs = await Promise.all(Array.from({ length: 30 }, () => handedOver(cluster.db)));
  const [first] = runs;
  if (!first) throw new Error('no run');
  const waits = runs.map((run) => wait(run.subject));
  // Each when it comes, and again where that was before the feed had begun: until no read follows.
  let before = 0;
  const isQuiet = () => {
    const isSame = before >= runs.length && jobReads() === before;
    before = jobReads();
    return isSame;
  };
  await expect.poll(isQuiet, { timeout: 20_000, interval: 500 }).toBe(true);
  await endJob(cluster.db, first, { status: 'canceled' });
  notifier.changed([first.subject]);
  expect((await waits[0])?.status).toBe('canceled');
  expect(jobReads() - before).toBe(1);
  await Promise.all(runs.slice(1).map((run) => endJob(cluster.db, run, { status: 'canceled' })));
  notifier.changed([]);
  expect(new Set((await Promise.all(waits)).map(({ status }) => status))).toEqual(new Set(['canceled']));
});

it('[P9] a wait ends with its job while somebody else’s transaction keeps the events from being final', async () => {
  const { wait, notifier } = await startQueue();
  const open = await cluster.connect();
  await open.query('begin');
  await open.query('select pg_current_xact_id()');
  onTestFinished(async () => void (await open.query('rollback')));
  const run = await begun(cluster.db);
  const waiting = wait(run.subject);
  await endJob(cluster.db, run, { status: 'canceled' });
  notifier.changed([run.subject]);
  expect((await waiting).status).toBe('canceled');
});

const MB = 2 ** 20;

/** What is still in use once everything that can be collected is. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  for (let n = 0; n < 3; n++) collect();
  return process.memoryUsage().heapUsed;
}

it('[Q4, I11] 200 waits at once hold at most 20 MB and no connection: a process with two of them answers other calls meanwhile', async () => {
  const applicationName = 'many-waits';
  const { wait, queue, sent } = await startQueue({ applicationName, maxConnections: 2 });
  const ids = await addReceipts(cluster.db, 200);
  await queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
  const before = heapUsed();
  const waits = ids.map((id) => wait(id));
  let statements = -1;
  const isQuiet = () => {
    const isSame = statements >= ids.length && sent.length - statements < 5;
    statements = sent.length;
    return isSame;
  };
  await expect.poll(isQuiet, { timeout: 20_000, interval: 500 }).toBe(true);
  expect(heapUsed() - before).toBeLessThan(20 * MB);
  const held = await cluster.db.query<{ listens: boolean; state: string }>(
    `select query ilike 'listen %' as listens, state from pg_stat_activity
     where application_name like $1 and datname = current_database()`,
    [`${applicationName}%`],
  );
  // The one that listens for all of them; two of the pool and one apart are nobody's between their statements.
  expect(held.filter(({ listens }) => listens)).toHaveLength(1);
  expect(held.filter(({ state }) => state.includes('transaction'))).toEqual([]);
  expect(held.length).toBeLessThanOrEqual(4);
  for (const id of ids) await queue.cancelJob({ job_id: `ocr-${id}` }, asOwner);
  expect(new Set((await Promise.all(waits)).map(({ status }) => status))).toEqual(new Set(['canceled']));
}, 60_000);
