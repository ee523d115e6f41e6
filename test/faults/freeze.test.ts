import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { addReceipts } from '../support/db.ts';
import { type HttpAgent, sendJson, startHttpAgent } from '../support/http-agent.ts';
import { replyFor } from '../support/installation.ts';
import { type RunningUp, startUp } from '../support/running-up.ts';
import { expectLedgerInOrder, untilEnded } from '../support/witness.ts';

const WORKER = new URL('../../dist/src/worker.js', import.meta.url).pathname;

let cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

async function start(agent: HttpAgent): Promise<{ up: RunningUp; db: Db; dataDir: string }> {
  cleanups.push(() => agent.close());
  const dataDir = await mkdtemp(join(tmpdir(), 'pantry-freeze-'));
  cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
  const up = await startUp(dataDir, { AGENT_URL: agent.url, AGENT_SLOTS: '4' });
  cleanups.push(() => up.stop());
  const db = createDb({ url: (await up.owner()).database_url, applicationName: 'test-witness' });
  cleanups.push(() => db.close());
  return { up, db, dataDir };
}

/** Another worker of the same queue, by the settings that `up` gives its own. */
async function secondWorker(up: RunningUp, agent: HttpAgent, dataDir: string): Promise<ChildProcess> {
  const { database_url, temporal } = await up.owner();
  const child = spawn(process.execPath, [WORKER], {
    env: {
      ...process.env,
      DATABASE_URL: database_url,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      AGENT_URL: agent.url,
      DATA_DIR: dataDir,
      WORKER_NAME: 'second',
    },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  cleanups.push(async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  });
  await new Promise((resolve) => child.once('message', resolve));
  return child;
}

it('a worker that is frozen past its heartbeat and thawed changes nothing: the reading of its successor stays', async () => {
  let nth = 0;
  let release = () => {};
  const agent = await startHttpAgent((request, response) => {
    const total = `${++nth}.00`;
    const answer = () => sendJson(response, 200, replyFor(request, { total_amount: total }));
    // The first call hangs until its worker is frozen; its answer then waits in the socket of a zombie.
    if (nth === 1) release = answer;
    else answer();
  });
  const { up, db, dataDir } = await start(agent);
  const zombie = await up.pidOf('worker');
  const ids = await addReceipts(db, 1);
  await fetch(`${(await up.owner()).url}/receipts/ocr/process-all?user_id=1`, { method: 'POST' });
  await agent.untilCalls(1);
  process.kill(zombie, 'SIGSTOP');
  release();
  await secondWorker(up, agent, dataDir);
  // The engine may hand the attempt, then the workflow's own tasks, to polls that the frozen process still holds open:
  // each comes back after its time-out (12 s an attempt, 10 s a workflow task), and no poll outlives 60 s.
  await untilEnded(db, ids, 120_000);

  process.kill(zombie, 'SIGCONT');
  // The zombie's row is written again by its first beat after the thaw: by then it has had its say.
  for (;;) {
    const [row] = await db.query<{ n: number }>(
      `select count(*)::int as n from pantry_queue.workers where seen_at > now() - interval '3 seconds' and running = '{}'`,
    );
    if (row?.n === 2) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const [receipt] = await db.query('select total_amount::text from public.receipts where id = $1', [ids[0]]);
  expect(receipt?.total_amount).toBe('2.00');
  await expectLedgerInOrder({ db });
}, 240_000);

it('a database that is frozen for 30 s during saves costs time, and no reading', async () => {
  const agent = await startHttpAgent(async (request, response) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    sendJson(response, 200, replyFor(request));
  });
  const { up, db } = await start(agent);
  const ids = await addReceipts(db, 12);
  await fetch(`${(await up.owner()).url}/receipts/ocr/process-all?user_id=1`, { method: 'POST' });
  await agent.untilCalls(6);
  const postmaster = await up.pidOf('postgres');
  // All of the server: `up` starts it as a process group of its own.
  process.kill(-postmaster, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  process.kill(-postmaster, 'SIGCONT');
  await untilEnded(db, ids, 60_000);
  const rows = await db.query('select status, attempts_charged from pantry_queue.jobs group by 1, 2');
  expect(rows).toEqual([{ status: 'finished', attempts_charged: 0 }]);
  expect(agent.log.length).toBe(ids.length);
  await expectLedgerInOrder({ db });
}, 180_000);
