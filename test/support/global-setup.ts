import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';
import { type S3Access, startS3 } from './s3.ts';
import { createTemplate } from './template.ts';
import { startTemporal } from './temporal.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a server with database `template_pantry`, migrated; each test file copies it. */
    postgresUrl: string;
    /** Of a Temporal server that all test files share: each uses its own queue name and workflow ids. */
    temporalAddress: string;
    /** Of an S3 server that all test files share: each uses buckets of its own. */
    s3: S3Access;
  }
}

/** One real PostgreSQL, one real Temporal and one real S3 server for the whole run, gone afterwards. */
export default async function setup(project: TestProject) {
  const startingS3 = startS3();
  // No test of this server cuts its power: what is killed or loses power in a test is a server of its own, with fsync.
  const postgres = await startPostgres({
    max_connections: '200',
    max_prepared_transactions: '2',
    fsync: 'off',
    full_page_writes: 'off',
  });
  await createTemplate(postgres.url);
  project.provide('postgresUrl', postgres.url);

  // Off by default; where it is on, a person can use it.
  const temporal = await startTemporal({ dynamicConfig: ['frontend.WorkflowPauseEnabled=true'] });
  project.provide('temporalAddress', temporal.address);

  const { kill: _kill, stop: stopS3, ...s3 } = await startingS3;
  project.provide('s3', s3);

  return async () => {
    await stopS3();
    await temporal.kill('SIGKILL');
    await postgres.stop();
  };
}
