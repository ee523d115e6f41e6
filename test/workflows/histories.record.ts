import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import { composeWorker } from '../../src/compose-worker.ts';
import { AppError } from '../../src/contract/errors.ts';
import { createEngineClient, type EngineClient } from '../../src/engine/connection.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { type ScriptedAgent, scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import { historyToJson } from '../support/history.ts';
import { slowReader, startHttpAgent } from '../support/http-agent.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { silent } from '../support/log.ts';
import { asOwner } from '../support/owner.ts';
import { startUp } from '../support/running-up.ts';
import { untilEnded } from '../support/witness.ts';

/**
 * Records the histories that `replay.test.ts` replays. Run it (npm run record:histories) when the workflow has changed
 * on purpose, after the old histories have replayed: add files, never replace one of a released version.
 */
const FOLDER = new URL('../histories/v1/', import.meta.url);

async function record(name: string, client: EngineClient, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  await handle.result().catch(() => {});
  await mkdir(FOLDER, { recursive: true });
  const history = historyToJson(await handle.fetchHistory());
  // A stack says where the code lay on the machine that recorded it.
  const withoutStacks = (key: string, value: unknown) => (key === 'stackTrace' ? '' : value);
  await writeFile(new URL(`${name}.json`, FOLDER), `${JSON.stringify({ workflowId, history }, withoutStacks, 1)}\n`);
}

let queue: Installation;
let agent: ScriptedAgent;
/** While true, the ledger refuses to save, as a database does that is away. */
let savesFail = false;

beforeAll(async () => {
  queue = await createInstallation();
  agent = scriptedAgent();
  const db: Db = {
    ...queue.db,
    query: (text, values) =>
      savesFail && text.startsWith('select body')
        ? Promise.reject(new AppError('ledger_unavailable', 'The database does not answer.'))
        : queue.db.query(text, values),
  };
  const worker = composeWorker(queue.settings, silent, { ...queue, db }, agent);
  const running = worker.run();
  stop = async () => {
    worker.stop();
    await running;
  };
});
let stop = async () => {};
afterAll(async () => {
  await stop();
  await queue.dispose();
});

async function enqueue() {
  const [id = 0] = await addReceipts(queue.db, 1);
  return queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
}

it('healthy', async () => {
  const job = await enqueue();
  (await agent.nextCall()).reply();
  await record('healthy', queue.client, job.workflow_id);
});

it('retried call', async () => {
  const job = await enqueue();
  (await agent.nextCall()).fail(new AppError('agent_error', 'The agent failed (HTTP 500).'));
  (await agent.nextCall()).reply();
  await record('retried-call', queue.client, job.workflow_id);
});

it('refused', async () => {
  const job = await enqueue();
  (await agent.nextCall()).fail(new AppError('agent_rejected', 'The agent refused the receipt (HTTP 422).'));
  await record('refused', queue.client, job.workflow_id);
});

it('cancel', async () => {
  const job = await enqueue();
  await agent.nextCall();
  await queue.queue.cancelJob({ job_id: job.job_id }, asOwner);
  await record('cancel', queue.client, job.workflow_id);
});

it('save during an outage of the database', async () => {
  const job = await enqueue();
  const call = await agent.nextCall();
  savesFail = true;
  call.reply();
  const handle = queue.client.workflow.getHandle(job.workflow_id);
  for (;;) {
    const { raw } = await handle.describe();
    if (raw.pendingActivities?.some((activity) => (activity.attempt ?? 0) > 1)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  savesFail = false;
  await record('save-during-outage', queue.client, job.workflow_id);
});

it('lost worker', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pantry-record-'));
  const http = await startHttpAgent(slowReader(2_000));
  const up = await startUp(dataDir, { AGENT_URL: http.url });
  const { database_url, url, temporal } = await up.owner();
  const db = createDb({ url: database_url, applicationName: 'record' });
  const client = createEngineClient({ ...temporal, connectionOptions: { address: temporal.address } });
  try {
    const ids = await addReceipts(db, 1);
    await fetch(`${url}/receipts/ocr/process-all?user_id=1`, { method: 'POST' });
    await http.untilCalls(1);
    await up.kill('worker');
    await untilEnded(db, ids, 60_000);
    await record('lost-worker', client, `ocr-${ids[0]}`);
  } finally {
    await client.connection.close();
    await db.close();
    await up.stop();
    await http.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});
