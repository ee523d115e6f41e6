import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { ensureArtifact } from '#artifacts';
import type { QueueSettings } from '../../src/compose.ts';
import { createDataDir, dataDirAt } from '../../src/embedded/data-dir.ts';
import { createNodeRole } from '../../src/embedded/node-role.ts';
import { choosePorts } from '../../src/embedded/ports.ts';
import { createEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { readSecrets } from '../../src/embedded/postgres-cluster.ts';
import { createProcessRecords } from '../../src/embedded/process-records.ts';
import { createSupervisor } from '../../src/embedded/supervisor.ts';
import { createEmbeddedTemporal, temporalNamespace } from '../../src/embedded/temporal.ts';
import type { readEngineConfig } from '../../src/engine/connection.ts';

export type EngineConfig = ReturnType<typeof readEngineConfig>;

/** As it is installed: a source would be compiled while it is measured. */
const builtProgram = (role: 'server' | 'worker') =>
  fileURLToPath(new URL(`../../dist/src/${role}.js`, import.meta.url));

/** What is measured runs on this: the embedded profile's own PostgreSQL (fsync on) and Temporal, in a folder of their own. */
export interface Servers {
  readonly databaseUrl: string;
  readonly imageDir: string;
  readonly engine: EngineConfig;
  /** Another database on the same server, owned by the same role. */
  createDatabase(name: string): Promise<string>;
  /** The real server process over the main database, one for all who ask. @returns its address */
  startHttpServer(queue: Pick<QueueSettings, 'queueName' | 'workflowIdPrefix'>): Promise<string>;
  /** The real worker process over the main database. */
  startWorker(
    queue: Pick<QueueSettings, 'queueName' | 'workflowIdPrefix'>,
    agent: { url: string; slots: number },
  ): Promise<void>;
  /** Of a process that has been started. */
  pidOf(role: 'postgres' | 'temporal' | 'server' | 'worker'): number;
  /** Runs one statement as the superuser, outside of the databases that are measured. */
  asSuperuser<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  stop(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pantry-bench-'));
  // PostgreSQL does not run as root; its own user must be able to pass.
  await chmod(folder, 0o711);
  const dir = dataDirAt(path.join(folder, 'data'));
  createDataDir(dir);
  const ports = await choosePorts(dir.ports, 0, '127.0.0.1');
  const supervisor = createSupervisor({ records: createProcessRecords(dir.processes, () => {}), onEvent: () => {} });
  const stop = async () => {
    await supervisor.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const postgres = await createEmbeddedPostgres(dir, ports.postgres);
    const temporal = createEmbeddedTemporal(dir, await ensureArtifact('temporal-cli'), ports.temporal, {
      host: '127.0.0.1',
      port: ports.temporalUi,
    });
    await Promise.all([supervisor.start(postgres.spec), supervisor.start(temporal.spec)]);

    async function asSuperuser<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
      const { superuser: password } = readSecrets(dir);
      const client = new pg.Client({ host: '127.0.0.1', port: ports.postgres, user: 'postgres', password });
      await client.connect();
      try {
        return (await client.query<T>(text, values)).rows;
      } finally {
        await client.end();
      }
    }

    const envOf = (queue: Pick<QueueSettings, 'queueName' | 'workflowIdPrefix'>) => ({
      DATABASE_URL: postgres.databaseUrl,
      QUEUE_NAME: queue.queueName,
      WORKFLOW_ID_PREFIX: queue.workflowIdPrefix,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporalNamespace,
      DATA_DIR: dir.root,
      IMAGE_DIR: dir.images,
    });
    const startNode = (role: 'server' | 'worker', env: Readonly<Record<string, string>>) =>
      supervisor.start(
        createNodeRole({ role, script: builtProgram(role), env, logFile: path.join(dir.logs, `${role}.log`) }),
      );

    return {
      databaseUrl: postgres.databaseUrl,
      imageDir: dir.images,
      engine: {
        address: temporal.address,
        namespace: temporalNamespace,
        connectionOptions: { address: temporal.address },
      },
      async createDatabase(name) {
        await asSuperuser(`create database ${name} owner ${new URL(postgres.databaseUrl).username}`);
        const url = new URL(postgres.databaseUrl);
        url.pathname = `/${name}`;
        return url.href;
      },
      pidOf(role) {
        const found = supervisor.processes().find((each) => each.role === role);
        if (!found) throw new Error(`the ${role} was not started`);
        return found.pid;
      },
      async startHttpServer(queue) {
        const url = `http://127.0.0.1:${ports.server}`;
        if (supervisor.processes().some(({ role }) => role === 'server')) return url;
        const env = { ...envOf(queue), HOST: '127.0.0.1', PORT: String(ports.server) };
        await startNode('server', env);
        return url;
      },
      startWorker: (queue, { url, slots }) =>
        startNode('worker', { ...envOf(queue), AGENT_URL: url, AGENT_SLOTS: String(slots) }),
      asSuperuser,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
