import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDb } from '../../src/ledger/db.ts';
import { addReceipts } from '../support/db.ts';
import { slowReader, startHttpAgent } from '../support/http-agent.ts';
import { type Role, type RunningUp, startUp } from '../support/running-up.ts';
import { expectLedgerInOrder, expectOneResultEach, untilEnded } from '../support/witness.ts';

/**
 * Kills by the number of agent calls that have begun, at random but repeatable: `FAULT_SEED` gives the same victims at
 * the same calls. `npm run test:faults` takes 1,000 jobs and 20 kills.
 */
const ALL = process.env.FAULTS === 'all';
const JOBS = Number(process.env.FAULT_JOBS ?? (ALL ? 1_000 : 60));
const KILLS = Number(process.env.FAULT_KILLS ?? (ALL ? 20 : 4));
const SEED = Number(process.env.FAULT_SEED ?? 20_261_124);
const VICTIMS: readonly (Role | 'all')[] = ['worker', 'server', 'temporal', 'postgres', 'worker', 'all'];
const TIMEOUT_MS = ALL ? 1_200_000 : 240_000;

/** mulberry32: small, seeded, good enough to pick victims. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

it(
  `${JOBS} jobs under ${KILLS} random kills (seed ${SEED}): none lost, none doubled, paid calls are one a job and those cut`,
  async () => {
    const random = randomFrom(SEED);
    const dataDir = await mkdtemp(join(tmpdir(), 'pantry-random-'));
    const agent = await startHttpAgent(slowReader(150));
    const env = { AGENT_URL: agent.url, AGENT_SLOTS: '8' };
    let up: RunningUp = await startUp(dataDir, env);
    const { database_url, url } = await up.owner();
    const db = createDb({ url: database_url, applicationName: 'test-witness' });
    try {
      const ids = await addReceipts(db, JOBS);
      const answer = await fetch(`${url}/receipts/ocr/process-all?user_id=1`, { method: 'POST' });
      expect(await answer.json()).toMatchObject({ queued: JOBS });

      for (let kill = 0; kill < KILLS; kill++) {
        const at = Math.floor(((kill + random()) / KILLS) * JOBS * 0.9) + 1;
        await agent.untilCalls(at);
        const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] ?? 'worker';
        if (victim === 'all') {
          await up.killAll();
          up = await startUp(dataDir, env);
        } else {
          // A part that is just being restarted has no pid to kill; the next one comes.
          await up.kill(victim).catch(() => {});
        }
      }
      await untilEnded(db, ids, TIMEOUT_MS / 2);
      await expectOneResultEach(db, ids, agent);
      await expectLedgerInOrder({ db });
    } finally {
      await db.close();
      await up.stop();
      await agent.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  },
  TIMEOUT_MS,
);
