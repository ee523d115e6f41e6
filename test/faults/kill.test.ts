import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { addReceipts } from '../support/db.ts';
import { type HttpAgent, slowReader, startHttpAgent } from '../support/http-agent.ts';
import { type RunningUp, startUp } from '../support/running-up.ts';
import { expectOneResultEach, untilEnded } from '../support/witness.ts';

const JOBS = 20;
const AGENT_MS = 300;
const TIMEOUT_MS = 120_000;

let cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

/** A running queue with 20 jobs accepted over HTTP, and a fake agent that takes 300 ms each. */
async function queueUnderLoad(): Promise<{
  up: RunningUp;
  db: Db;
  agent: HttpAgent;
  ids: number[];
  restart(): Promise<void>;
}> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pantry-fault-'));
  cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
  const agent = await startHttpAgent(slowReader(AGENT_MS));
  cleanups.push(() => agent.close());
  const env = { AGENT_URL: agent.url, AGENT_SLOTS: '4' };
  let up = await startUp(dataDir, env);
  cleanups.push(() => up.stop());
  const { database_url, url } = await up.owner();
  const db = createDb({ url: database_url, applicationName: 'test-witness' });
  cleanups.push(() => db.close());

  const ids = await addReceipts(db, JOBS);
  const response = await fetch(`${url}/receipts/ocr/process-all?user_id=1`, { method: 'POST' });
  expect(await response.json()).toMatchObject({ queued: JOBS });
  return {
    get up() {
      return up;
    },
    db,
    agent,
    ids,
    async restart() {
      up = await startUp(dataDir, env);
    },
  };
}

async function allFinishOnce({ db, agent, ids }: { db: Db; agent: HttpAgent; ids: number[] }): Promise<void> {
  await untilEnded(db, ids, TIMEOUT_MS);
  await expectOneResultEach(db, ids, agent);
}

describe('keeps every acknowledged job, with one result each', () => {
  it(
    'when a worker is killed in the middle of a call',
    async () => {
      const load = await queueUnderLoad();
      await load.agent.untilCalls(3);
      await load.up.kill('worker');
      await allFinishOnce(load);
    },
    TIMEOUT_MS,
  );

  it(
    'when Temporal is killed and its file deleted',
    async () => {
      const load = await queueUnderLoad();
      await load.agent.untilCalls(3);
      await load.up.kill('temporal');
      await rm(join(load.up.dataDir, 'temporal'), { recursive: true, force: true });
      await allFinishOnce(load);
    },
    TIMEOUT_MS,
  );

  it(
    'when PostgreSQL is killed',
    async () => {
      const load = await queueUnderLoad();
      await load.agent.untilCalls(3);
      await load.up.kill('postgres');
      await allFinishOnce(load);
    },
    TIMEOUT_MS,
  );

  it(
    'when everything is killed at once, and started again',
    async () => {
      const load = await queueUnderLoad();
      await load.agent.untilCalls(3);
      await load.up.killAll();
      await load.restart();
      await allFinishOnce(load);
    },
    TIMEOUT_MS,
  );
});
