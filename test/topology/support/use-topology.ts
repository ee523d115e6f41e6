import { afterAll, beforeAll, inject } from 'vitest';
import { createQueueClient, type QueueClient } from '../../../src/client/index.ts';
import { createDb, type Db } from '../../../src/ledger/db.ts';
import type { Command } from './global-setup.ts';
import type { Env } from './part.ts';
import { APIS, type PartName, type TopologyFacts, WORKERS } from './topology.ts';

async function tell(command: Command): Promise<number | null> {
  const response = await fetch(inject('topologyControl'), { method: 'POST', body: JSON.stringify(command) });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as number | null;
}

/** What a test has of the running topology: read it inside the tests. */
export interface UsedTopology {
  readonly facts: TopologyFacts;
  /** The queue's database as its owner, past the pooler. */
  readonly db: Db;
  readonly api1: QueueClient;
  readonly api2: QueueClient;
}

export const topology = {
  kill: (part: PartName) => tell({ act: 'kill', part }),
  start: (part: PartName, env: Env = {}) => tell({ act: 'start', part, env }),
  /** @returns how long it took, in milliseconds */
  stop: async (part: PartName): Promise<number> => (await tell({ act: 'stop', part })) ?? 0,
  /** Stops it where it runs, and starts it with these settings in place of its own. */
  async with(part: PartName, env: Env = {}): Promise<void> {
    if ((await tell({ act: 'pid', part })) !== null) await topology.stop(part);
    await topology.start(part, env);
  },
  /** Its primary dies, and its standby takes over. */
  postgres: (act: 'prepare' | 'failOver' | 'promote') => tell({ postgres: act }),
  workersWith: (env: Env) => Promise.all(WORKERS.map((name) => topology.with(name, env))),
  /** All parts of ours as they were in the beginning. */
  reset: () => Promise.all([...APIS, ...WORKERS].map((name) => topology.with(name))),
};

const clientOf = (name: (typeof APIS)[number]) => createQueueClient({ url: inject('topology').apis[name] });

export function useTopology(): UsedTopology {
  let db: Db | undefined;
  beforeAll(() => {
    db = createDb({ url: inject('topology').ownerUrl, applicationName: 'test-witness' });
  });
  afterAll(() => db?.close());
  return {
    get facts() {
      return inject('topology');
    },
    get db() {
      if (!db) throw new Error('the database is there only while tests run');
      return db;
    },
    get api1() {
      return clientOf('api-1');
    },
    get api2() {
      return clientOf('api-2');
    },
  };
}
