import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { S3mini } from 's3mini';
import { ensureArtifact } from '#artifacts';
import { blobPathOf } from '../../../src/blobs/path.ts';
import { childEnvironment } from '../../../src/embedded/child-environment.ts';
import { postgresAccount } from '../../../src/embedded/postgres-account.ts';
import { configurePooler, pgbouncer } from '../../support/pgbouncer.ts';
import { freePorts, listens } from '../../support/ports.ts';
import { startPostgres } from '../../support/postgres.ts';
import { BUILT_MAIN } from '../../support/run-built.ts';
import { createBucket, startS3 } from '../../support/s3.ts';
import { createLogins, isolateTenants } from './database.ts';
import { createFailover, type Failover } from './failover.ts';
import { createPart, type Env, type Part, type PartSpec } from './part.ts';
import { startTemporalServer } from './temporal-server.ts';

export const APIS = ['api-1', 'api-2'] as const;
export const WORKERS = ['worker-1', 'worker-2', 'worker-3'] as const;
/** What a test may kill, stop and start. */
export const PARTS = ['pgbouncer', 'temporal', 'agent', ...APIS, ...WORKERS] as const;
export type PartName = (typeof PARTS)[number];

/** What a test knows of it. */
export interface TopologyFacts {
  readonly apis: Readonly<Record<(typeof APIS)[number], string>>;
  /** What every process of ours runs with. */
  readonly env: Env;
  /** Of the queue's database, past the pooler: as its owner, and as the superuser. */
  readonly ownerUrl: string;
  readonly adminUrl: string;
  readonly logs: string;
  /** Path of an image that lies in the store, for receipts that a fake agent reads. */
  readonly image: string;
}

export interface Topology {
  readonly facts: TopologyFacts;
  readonly postgres: Failover;
  readonly parts: Readonly<Record<PartName, Part>>;
  stop(): Promise<void>;
}

const BUCKET = 'receipts';
const IMAGE = 'contoso-receipt-2.jpg';

const program = (name: string) => new URL(`../../../dist/src/${name}.js`, import.meta.url).pathname;

/** @returns its path */
async function putImage(bucket: S3mini): Promise<string> {
  const bytes = await readFile(path.join(import.meta.dirname, '../../../assets/receipts', IMAGE));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const key = `${sha256.slice(0, 2)}/${sha256}.jpg`;
  await bucket.putObject(key, bytes, 'image/jpeg');
  return blobPathOf(BUCKET, key);
}

/** The parts of docker-compose.yml as plain processes, started in its order. */
export async function startTopology(): Promise<Topology> {
  if (!('program' in pgbouncer)) throw new Error(pgbouncer.missing);
  const modelsDir = await ensureArtifact('ocr-models');
  const folder = await mkdtemp(path.join(tmpdir(), 'pantry-topology-'));
  await chmod(folder, 0o755);
  const postgres = createFailover(await startPostgres({ max_connections: '150', max_prepared_transactions: '2' }));
  const database = await createLogins(postgres.url);
  const temporal = await startTemporalServer(database.urlOf('temporal'), folder);

  // What an operator does once: the queue makes no bucket.
  const s3 = await startS3();
  const image = await putImage(await createBucket(s3, BUCKET));

  const [poolerPort = 0, agentPort = 0, ...apiPorts] = await freePorts(2 + APIS.length);
  const pooled = database.urlOf('queue_app');
  pooled.port = `${poolerPort}`;
  const env: Env = {
    DATABASE_URL: pooled.href,
    DATABASE_LISTEN_URL: database.urlOf('queue_app').href,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    AGENT_URL: `http://127.0.0.1:${agentPort}`,
    AGENT_SLOTS: '1',
    S3_ENDPOINT: s3.endpoint,
    S3_REGION: s3.region,
    S3_ACCESS_KEY_ID: s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    IMAGE_BUCKET: BUCKET,
    DATA_DIR: folder,
    WEBHOOK_ALLOW_PRIVATE: 'true',
  };
  const node = (name: string, script: string, changes: Partial<PartSpec> = {}): Part =>
    createPart(name, { command: process.execPath, args: [script], env, ...changes }, folder);
  const poolerConfig = await configurePooler(folder, {
    server: database.urlOf('queue_app'),
    logins: database.logins,
    port: poolerPort,
    settings: { pool_mode: 'transaction', default_pool_size: '20', max_client_conn: '300' },
  });
  const agentFlags = ['--host', '127.0.0.1', '--port', `${agentPort}`, '--lanes', '1'];
  const parts: Record<PartName, Part> = {
    temporal: temporal.part,
    pgbouncer: createPart(
      'pgbouncer',
      {
        command: pgbouncer.program,
        args: [poolerConfig],
        account: postgresAccount(),
        ready: () => listens(poolerPort),
      },
      folder,
    ),
    agent: node('agent', program('ocr/main'), {
      args: [program('ocr/main'), ...agentFlags, '--image-url-origin', s3.endpoint, '--models-dir', modelsDir],
    }),
    ...mapped(APIS, (name, n) => node(name, program('server'), { env: { ...env, PORT: `${apiPorts[n]}` } })),
    ...mapped(WORKERS, (name) => node(name, program('worker'), { env: { ...env, WORKER_NAME: name } })),
  };

  await parts.pgbouncer.start();
  // Past the pooler, as its owner: migrations hold locks of the session.
  const asOwner = childEnvironment({ ...env, DATABASE_URL: database.urlOf('queue_owner').href });
  await promisify(execFile)(process.execPath, [BUILT_MAIN, 'migrate'], { env: asOwner });
  await isolateTenants(database);
  await Promise.all([parts.agent.start(), ...[...APIS, ...WORKERS].map((name) => parts[name].start())]);

  return {
    facts: {
      apis: mapped(APIS, (_name, n) => `http://127.0.0.1:${apiPorts[n]}`),
      env,
      ownerUrl: database.urlOf('queue_owner').href,
      adminUrl: database.adminUrl,
      logs: folder,
      image,
    },
    postgres,
    parts,
    async stop() {
      const own = PARTS.filter((name) => name !== 'temporal' && name !== 'pgbouncer');
      await Promise.all(own.map((name) => parts[name].kill()));
      await Promise.all([parts.temporal.kill(), parts.pgbouncer.kill()]);
      await Promise.all([postgres.stop(), s3.stop()]);
      if (!process.env.TOPOLOGY_KEEP) await rm(folder, { recursive: true, force: true });
    },
  };
}

function mapped<K extends string, T>(names: readonly K[], make: (name: K, place: number) => T): Record<K, T> {
  return Object.fromEntries(names.map((name, place) => [name, make(name, place)])) as Record<K, T>;
}
