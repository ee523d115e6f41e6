import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createDb } from '../../src/ledger/db.ts';
import { addReceipts } from '../support/db.ts';
import { slowReader, startHttpAgent } from '../support/http-agent.ts';
import { type Role, type RunningUp, startUp } from '../support/running-up.ts';
import { expectLedgerInOrder, expectOneResultEach, untilEnded } from '../support/witness.ts';

export interface KilledQueue {
  /** `kill -9` of one part, or of all of them at once; then all are started again. */
  kill(victim: Role | 'all'): Promise<void>;
  deleteTemporalFile(): Promise<void>;
  /** Resolves when so many calls of the jobs under load have begun. */
  untilCalls(count: number): Promise<void>;
  /**
   * Kills while new jobs, accepted over HTTP, are read, and checks that each has one result and was paid once. One load
   * at a time: the next one waits until this one has ended.
   */
  underLoad(load: { jobs: number; timeoutMs: number }, kill: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a queue with an agent that takes `agentMs` a receipt. */
export async function startKilledQueue({ slots, agentMs }: { slots: number; agentMs: number }): Promise<KilledQueue> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pantry-kill-'));
  const agent = await startHttpAgent(slowReader(agentMs));
  const start = () => startUp(dataDir, { AGENT_URL: agent.url, AGENT_SLOTS: `${slots}` });
  let up: RunningUp = await start();
  const db = createDb({ url: (await up.owner()).database_url, applicationName: 'test-witness' });
  let callsBefore = 0;
  let lastLoad: Promise<unknown> = Promise.resolve();

  /** Until what was killed runs again: the queue may have ended its jobs without it. */
  async function untilWhole(url: string): Promise<void> {
    while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function runLoad({ jobs, timeoutMs }: { jobs: number; timeoutMs: number }, kill: () => Promise<void>) {
    const ids = await addReceipts(db, jobs);
    const { url } = await up.owner();
    await untilWhole(url);
    callsBefore = agent.log.length;
    const answer = await fetch(`${url}/receipts/ocr/process-all?user_id=1`, { method: 'POST' });
    expect(await answer.json()).toMatchObject({ queued: jobs });
    await kill();
    await untilEnded(db, ids, timeoutMs);
    await expectOneResultEach(db, ids, agent);
    await expectLedgerInOrder({ db });
  }

  return {
    async kill(victim) {
      if (victim !== 'all') return up.kill(victim);
      await up.killAll();
      up = await start();
    },
    deleteTemporalFile: () => rm(join(dataDir, 'temporal'), { recursive: true, force: true }),
    untilCalls: (count) => agent.untilCalls(callsBefore + count),
    underLoad(load, kill) {
      const run = lastLoad.then(() => runLoad(load, kill));
      lastLoad = run.catch(() => {});
      return run;
    },
    async stop() {
      await db.close();
      await up.stop();
      await agent.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
