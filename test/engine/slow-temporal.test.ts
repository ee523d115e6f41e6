import { afterEach, expect, inject, it } from 'vitest';
import { scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import { type GrpcProxy, startGrpcProxy } from '../support/grpc-proxy.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';

let cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

async function start() {
  const proxy = await startGrpcProxy(inject('temporalAddress'));
  cleanups.push(() => proxy.close());
  const queue = await createInstallation({ engineAddress: proxy.address });
  cleanups.push(() => queue.dispose());
  const agent = scriptedAgent();
  await queue.work(agent);
  const enqueue = async () => {
    const [id = 0] = await addReceipts(queue.db, 1);
    return (await queue.queue.enqueueOcr({ receipt_id: id }, asOwner)).job_id;
  };
  return { proxy, queue, agent, enqueue, info: () => queue.queue.queueInfo({}, asOwner) };
}

/** From now on the answers of these calls are held back; counts them. */
function hold(proxy: GrpcProxy, calls: RegExp): { release(): void; asked: () => number } {
  let release = () => {};
  let asked = 0;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  proxy.fateOf = (call) => {
    if (!calls.test(call)) return undefined;
    asked++;
    return held;
  };
  return {
    asked: () => asked,
    release() {
      proxy.fateOf = () => undefined;
      release();
    },
  };
}

it('[I10] comparisons that Temporal does not answer hold up neither repairs nor admission nor the state of the queue', async () => {
  const { proxy, queue, agent, enqueue, info } = await start();
  const compared = [await enqueue(), await enqueue()];
  const first = [await agent.nextCall(), await agent.nextCall()];
  const slow = hold(proxy, /^DescribeWorkflowExecution$/);
  await queue.db.query(`update pantry_queue.jobs set engine_checked_at = null`);
  await expect.poll(slow.asked, { timeout: 20_000 }).toBeGreaterThan(0);

  const later = await enqueue();
  const call = await agent.nextCall();
  call.reply();
  await queue.waitFor(later, (job) => job.status === 'finished');
  await queue.db.query(`update pantry_queue.jobs set give_up_at = now() - interval '1 second' where subject = $1`, [
    first[1]?.receiptId,
  ]);
  const overdue = await queue.waitFor(`ocr-${first[1]?.receiptId}`, (job) => job.status === 'failed');
  expect(overdue.error?.code).toBe('gave_up');
  expect((await info()).parts).toMatchObject({ engine: 'ok' });
  slow.release();
  first[0]?.reply();
  await queue.waitFor(`ocr-${first[0]?.receiptId}`, (job) => job.status === 'finished');
  expect(compared).toHaveLength(2);
});

it('[I14, I15] a start whose answer comes too late has arrived once; the queue names Temporal until it answers, and goes on by itself', async () => {
  const { proxy, queue, agent, enqueue, info } = await start();
  // The worker, which connects by itself, is at work before anything is slow.
  const first = await enqueue();
  (await agent.nextCall()).reply();
  await queue.waitFor(first, (job) => job.status === 'finished');

  const slow = hold(proxy, /^(StartWorkflowExecution|DescribeNamespace)$/);
  const started = await enqueue();
  // The run is there, though nobody has heard of it.
  (await agent.nextCall()).reply();
  await queue.waitFor(started, (job) => job.status === 'finished');
  await expect.poll(async () => (await info()).parts.engine, { timeout: 40_000 }).toBe('down');
  const waiting = await enqueue();
  const { parts, problems } = await info();
  expect(problems).toMatchObject([
    {
      part: 'engine',
      code: 'engine_unavailable',
      since: parts.engine_since,
      message: expect.stringMatching(/in time/),
    },
  ]);

  slow.release();
  (await agent.nextCall()).reply();
  await queue.waitFor(waiting, (job) => job.status === 'finished');
  expect(agent.calls.map((call) => `ocr-${call.receiptId}`)).toEqual([first, started, waiting]);
  expect(await queue.db.query('select run_no from pantry_queue.jobs group by 1')).toEqual([{ run_no: 1 }]);
  await expect.poll(async () => (await info()).problems, { timeout: 40_000 }).toEqual([]);
}, 180_000);
