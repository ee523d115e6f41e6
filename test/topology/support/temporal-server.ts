import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { ensureArtifact } from '#artifacts';
import { SEARCH_ATTRIBUTES } from '../../../src/contract/names.ts';
import { childEnvironment } from '../../../src/embedded/child-environment.ts';
import { freePorts } from '../../support/ports.ts';
import { createPart, type Part } from './part.ts';

const run = promisify(execFile);

const SERVICES = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'] as const;

/** As production has them (docs/operations.md): one partition, so that the next slot goes to whose turn it is. */
const DYNAMIC_CONFIG = `
matching.enableFairness:
  - value: true
history.transferProcessorMaxPollRPS:
  - value: 1000
matching.numTaskqueueReadPartitions:
  - value: 1
matching.numTaskqueueWritePartitions:
  - value: 1
`;

const DATABASES = { temporal: 'temporal', temporal_visibility: 'visibility' } as const;

export interface TemporalCluster {
  readonly address: string;
  readonly namespace: string;
  readonly part: Part;
}

/**
 * Temporal's server of production on PostgreSQL: schema, server, namespace and search attributes, in this order.
 * @param database where its two databases are made, as a role that may make databases and nothing else
 */
export async function startTemporalServer(database: URL, folder: string): Promise<TemporalCluster> {
  const programs = await ensureArtifact('temporal-server');
  const cli = await ensureArtifact('temporal-cli');
  await makeSchema(path.join(programs, 'temporal-sql-tool'), database);

  const dynamicConfig = path.join(folder, 'dynamic.yaml');
  await writeFile(dynamicConfig, DYNAMIC_CONFIG);
  // Members of the cluster are found by a table whose port is a smallint.
  const [frontend = 0, http, ...others] = await freePorts(9);
  const ports = {
    FRONTEND_GRPC_PORT: frontend,
    FRONTEND_HTTP_PORT: http,
    ...Object.fromEntries(SERVICES.slice(1).map((service, n) => [`${service}_GRPC_PORT`, others[n]])),
    ...Object.fromEntries(SERVICES.map((service, n) => [`${service}_MEMBERSHIP_PORT`, others[n + 3]])),
  };
  const address = `127.0.0.1:${frontend}`;
  const namespace = 'pantry';
  const operator = (...args: string[]) =>
    run(cli, ['operator', ...args, '--address', address], { env: childEnvironment({}), timeout: 20_000 });

  const part = createPart(
    'temporal',
    {
      command: path.join(programs, 'temporal-server'),
      args: ['start'],
      env: {
        DB: 'postgres12_pgx',
        POSTGRES_SEEDS: database.hostname,
        DB_PORT: database.port,
        POSTGRES_USER: database.username,
        POSTGRES_PWD: database.password,
        BIND_ON_IP: '127.0.0.1',
        NUM_HISTORY_SHARDS: '4',
        LOG_LEVEL: 'warn',
        TEMPORAL_ALLOW_NO_AUTH: 'true',
        DYNAMIC_CONFIG_FILE_PATH: dynamicConfig,
        ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `${port}`])),
      },
      ready: () =>
        operator('cluster', 'health').then(
          () => true,
          () => false,
        ),
    },
    folder,
  );
  await part.start();
  await operator('namespace', 'create', '--namespace', namespace, '--retention', '72h');
  const attributes = Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--name', name, '--type', type]);
  await operator('search-attribute', 'create', '--namespace', namespace, ...attributes);
  return { address, namespace, part };
}

async function makeSchema(tool: string, database: URL): Promise<void> {
  const env = {
    SQL_PLUGIN: 'postgres12_pgx',
    SQL_HOST: database.hostname,
    SQL_PORT: database.port,
    SQL_USER: database.username,
    SQL_PASSWORD: database.password,
  };
  for (const [name, schema] of Object.entries(DATABASES)) {
    const steps = [
      ['create-database'],
      ['setup-schema', '-v', '0.0'],
      ['update-schema', '--schema-name', `postgresql/v12/${schema}`],
    ];
    for (const step of steps) await run(tool, ['--db', name, ...step], { env: childEnvironment(env) });
  }
}
