import os from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { startAilingAgent } from '../queue/ailing-agent.ts';
import { addReceipts, openQueue, settingsFor } from '../queue/queue.ts';
import { type Servers, startServers } from '../queue/servers.ts';
import { type JobCosts, type Measured, PARTS, type Part } from './costs.ts';
import { cpuMsOf } from './cpu-of.ts';

const WARM_UP_JOBS = 200;
const JOBS = 1_000;
const LANES = 8;
const SLOTS = 20;
const IDLE_MS = 10_000;
/** PostgreSQL adds what a connection has done to its statistics within a second of its being idle. */
const STATISTICS_MS = 2_000;

const ROLES = { server: 'server', worker: 'worker', ledger: 'postgres', temporal: 'temporal' } as const;

type Counts = { commits: number; wal: number; bytes: number };

/**
 * Runs jobs through the real processes (server, worker, PostgreSQL, Temporal; an agent of the bench that answers after
 * 150 ms) and reads what each has used. What they use when nothing happens is taken off.
 */
export async function measureCosts(say: (sentence: string) => void): Promise<Measured> {
  say('Starting PostgreSQL, Temporal, a server and a worker');
  const servers = await startServers();
  const agent = await startAilingAgent({ ready: 200, call: 200 });
  agent.recover();
  try {
    const { databaseUrl, imageDir, engine } = servers;
    const settings = settingsFor({ databaseUrl, imageDir, engine, agentSlots: SLOTS });
    const base = await openQueue(settings);
    try {
      const url = await servers.startHttpServer(settings);
      await servers.startWorker(settings, { url: agent.url, slots: SLOTS });
      const finished = async () =>
        (
          await base.db.query<{ n: number }>(
            `select count(*)::int as n from pantry_queue.jobs where status = 'finished'`,
          )
        )[0]?.n ?? 0;
      const run = async (count: number) => {
        const target = (await finished()) + count;
        const ids = await addReceipts(base.db, count);
        await Promise.all(Array.from({ length: LANES }, () => queueAll(url, ids)));
        for (let looks = 0; (await finished()) < target; looks++) {
          if (looks > 600) throw new Error(`${target} jobs have not finished in five minutes`);
          await pause(500);
        }
      };
      say(`Running ${WARM_UP_JOBS} jobs to warm up`);
      await run(WARM_UP_JOBS);
      say('Watching what they use when nothing happens');
      const idle = await used(servers, () => pause(IDLE_MS));
      say(`Running ${JOBS} jobs`);
      const busy = await used(servers, () => run(JOBS));
      const rest = busy.ms / idle.ms;
      const perJob = (of: (from: typeof busy) => number) => round(Math.max(0, of(busy) - rest * of(idle)) / JOBS);
      return {
        on: new Date().toISOString().slice(0, 10),
        machine: `${os.cpus().length} × ${os.cpus()[0]?.model.trim() ?? os.arch()}, Node ${process.versions.node}`,
        jobs: JOBS,
        perJob: {
          cpuMs: Object.fromEntries(PARTS.map((part) => [part, perJob(({ cpuMs }) => cpuMs[part])])),
          commits: perJob(({ counts }) => counts.commits),
          walBytes: perJob(({ counts }) => counts.wal),
          ledgerBytes: perJob(({ counts }) => counts.bytes),
          historyBytes: await historyBytes(base.client, settings.workflowIdPrefix),
        } as JobCosts,
      };
    } finally {
      await base.close();
    }
  } finally {
    agent.close();
    await servers.stop();
  }
}

const round = (value: number) => Number(value.toPrecision(3));

async function queueAll(url: string, ids: number[]): Promise<void> {
  for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
    const response = await fetch(`${url}/receipts/${id}/ocr`, { method: 'POST' });
    if (!response.ok) throw new Error(`receipt ${id} was answered ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  }
}

async function used(servers: Servers, work: () => Promise<void>) {
  const look = async () => {
    await pause(STATISTICS_MS);
    const cpuMs = Object.fromEntries(PARTS.map((part) => [part, cpuMsOf(servers.pidOf(ROLES[part]))]));
    const [counts] = await servers.asSuperuser<Counts>(
      `select xact_commit::int as commits, (pg_current_wal_insert_lsn() - '0/0')::float8 as wal, pg_database_size(datname)::float8 as bytes
       from pg_stat_database where datname = $1`,
      [new URL(servers.databaseUrl).pathname.slice(1)],
    );
    if (!counts) throw new Error('the database has no statistics');
    return { at: performance.now(), cpuMs: cpuMs as Record<Part, number>, counts };
  };
  const before = await look();
  await work();
  const after = await look();
  return {
    ms: after.at - before.at,
    cpuMs: Object.fromEntries(PARTS.map((part) => [part, after.cpuMs[part] - before.cpuMs[part]])) as Record<
      Part,
      number
    >,
    counts: {
      commits: after.counts.commits - before.counts.commits,
      wal: after.counts.wal - before.counts.wal,
      bytes: after.counts.bytes - before.counts.bytes,
    },
  };
}

async function historyBytes(client: Awaited<ReturnType<typeof openQueue>>['client'], prefix: string): Promise<number> {
  let bytes = 0;
  let seen = 0;
  for await (const workflow of client.workflow.list({ query: `ExecutionStatus = 'Completed'`, pageSize: 100 })) {
    if (!workflow.workflowId.startsWith(prefix)) continue;
    bytes += workflow.historySize ?? 0;
    if (++seen === 100) break;
  }
  return round(bytes / Math.max(1, seen));
}
