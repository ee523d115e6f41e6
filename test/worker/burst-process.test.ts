import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { NO_PRICES } from '../../src/contract/cost.ts';
import { createCropper } from '../../src/crop/cropper.ts';
import { createNotifier } from '../../src/ledger/notify.ts';
import { createQueue } from '../../src/queue/create-queue.ts';
import { addReceipts, createTestDatabase } from '../support/db.ts';
import { createTestFeed } from '../support/feed.ts';
import { FOR_EVER, noBlobs } from '../support/gate.ts';
import { type HttpAgent, sendJson, startHttpAgent } from '../support/http-agent.ts';
import { asOwner } from '../support/owner.ts';
import { replyFor } from '../support/replies.ts';
import { runBuilt } from '../support/run-built.ts';
import { testWebhooks } from '../support/webhooks.ts';

let agent: HttpAgent;
beforeAll(async () => {
  agent = await startHttpAgent((request, response) =>
    request.user_id === 13 ? void response.writeHead(400).end() : sendJson(response, 200, replyFor(request)),
  );
});
afterAll(() => agent.close());

/** A real worker of a queue of its own. */
async function burst(jobs: { count: number; userId?: number }, options: { agentUrl?: string; paused?: boolean } = {}) {
  const { db, url, drop } = await createTestDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'pantry-burst-'));
  const notifier = createNotifier(db);
  const feed = await createTestFeed(db, notifier);
  onTestFinished(async () => {
    await feed.close();
    await notifier.close();
    await drop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const id = randomBytes(4).toString('hex');
  const names = { ledgerId: id, queueName: id, workflowIdPrefix: `${id}-` };
  const queue = createQueue({
    cropper: createCropper(),
    db,
    notifier,
    feed,
    blobs: noBlobs,
    prices: NO_PRICES,
    retention: FOR_EVER,
    webhooks: testWebhooks({ db, ledgerId: id }),
    ...names,
  });
  const ids = jobs.count === 0 ? [] : await addReceipts(db, jobs.count, jobs.userId ?? 1);
  if (ids.length > 0) await queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
  if (options.paused) await queue.pauseQueue({ reason: 'stocktaking' }, asOwner);
  const run = await runBuilt(['worker', '--burst'], {
    DATABASE_URL: url,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    QUEUE_NAME: id,
    WORKFLOW_ID_PREFIX: `${id}-`,
    AGENT_URL: options.agentUrl ?? agent.url,
    DATA_DIR: dataDir,
  });
  return { ...run, counts: await queue.queueInfo({}, asOwner) };
}

/** Five processes start at once, and one of them waits its half minute. */
describe.concurrent('[W3] pantry-queue worker --burst', { timeout: 180_000 }, () => {
  it('ends with 0 on an empty queue', async () => {
    expect(await burst({ count: 0 })).toMatchObject({ exitCode: 0 });
  });

  it('drains the queue and ends with 0', async () => {
    const run = await burst({ count: 7 });
    expect(run).toMatchObject({ exitCode: 0, counts: { finished_jobs: 7, count: 0 } });
  });

  it('ends with 0 when a job has failed: that is an end too', async () => {
    const run = await burst({ count: 2, userId: 13 });
    expect(run).toMatchObject({ exitCode: 0, counts: { failed_jobs: 2, count: 0 } });
  });

  it('ends with 5 and a sentence while the queue is paused', async () => {
    const run = await burst({ count: 1 }, { paused: true });
    expect(run).toMatchObject({ exitCode: 5, counts: { count: 1 } });
    expect(run.stderr).toContain('Error (queue_paused): The queue is not drained, 1 job waits: The queue is paused.');
    expect(run.stderr).toContain('pantry-queue queue resume');
  });

  it('ends with 5 and a sentence when the agent is away', async () => {
    const run = await burst({ count: 3 }, { agentUrl: 'http://127.0.0.1:1' });
    expect(run.exitCode).toBe(5);
    expect(run.stderr).toContain('Error (agent_unavailable): The queue is not drained, 3 jobs wait:');
    expect(run.counts.failed_jobs).toBe(0);
  });
});
