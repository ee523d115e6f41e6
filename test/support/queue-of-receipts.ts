import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { type Behaviour, type HttpAgent, startHttpAgent } from './http-agent.ts';
import { startUp } from './running-up.ts';

/** A whole queue as `pantry-queue up` starts it, with an agent of the test's own. */
export interface RunningQueue {
  readonly url: string;
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
  readonly agent: HttpAgent;
  readonly db: Db;
  stop(): Promise<void>;
}

/** @param behave what the agent does with each receipt */
export async function startQueue(behave: Behaviour, env: Readonly<Record<string, string>> = {}): Promise<RunningQueue> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'pantry-queue-of-'));
  const agent = await startHttpAgent(behave);
  const up = await startUp(dataDir, { AGENT_URL: agent.url, LOG_LEVEL: 'warn', ...env });
  const { url, database_url: databaseUrl, temporal } = await up.owner();
  const db = createDb({ url: databaseUrl, applicationName: 'test' });
  return {
    url,
    databaseUrl,
    dataDir,
    temporal,
    agent,
    db,
    async stop() {
      await db.close();
      await up.stop();
      await agent.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
