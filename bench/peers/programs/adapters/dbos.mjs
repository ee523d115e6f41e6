import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { handle } from '../handler.mjs';

const systemDatabaseUrl = process.env.PEERS_DATABASE_URL;
const silent = { info() {}, debug() {}, warn() {}, error() {} };

export async function open(schema) {
  // Only an application makes the tables.
  const worker = fileURLToPath(new URL('../worker.mjs', import.meta.url));
  spawnSync(process.execPath, [worker, 'dbos', schema, '0'], { stdio: 'ignore', timeout: 60_000 });
  const client = await DBOSClient.create({ systemDatabaseUrl, systemDatabaseSchemaName: schema, logger: silent });
  const db = new pg.Pool({ connectionString: systemDatabaseUrl, max: 4 });
  const options = (job) => ({ queueName: 'ocr', workflowName: 'ocr', workflowID: `w${job.receipt_id}` });
  return {
    enqueue: async (job) => (await client.enqueue(options(job), job)).workflowID,
    // No call takes many: all in one transaction, as its documentation shows.
    async batch(jobs) {
      const session = await db.connect();
      await session.query('begin');
      for (const job of jobs) await client.enqueueInTransaction(session, options(job), job);
      await session.query('commit');
      session.release();
    },
    status: (id) => client.getWorkflow(id),
    // No call counts.
    counts: () => db.query(`select status, count(*) from ${schema}.workflow_status group by 1`),
    async close() {
      await client.destroy();
      await db.end();
    },
  };
}

export async function work(schema, slots) {
  DBOS.setConfig({
    name: 'peers',
    systemDatabaseUrl,
    systemDatabaseSchemaName: schema,
    runAdminServer: false,
    logLevel: 'error',
  });
  DBOS.registerWorkflow((job) => DBOS.runStep(() => handle(job), { name: 'handle' }), { name: 'ocr' });
  await DBOS.launch();
  if (slots === 0) process.exit(0);
  await DBOS.registerQueue('ocr', { workerConcurrency: slots });
}
