import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import { handle } from '../handler.mjs';

const connectionString = process.env.PEERS_DATABASE_URL;
const logger = new Logger(() => () => {});

export async function open(schema) {
  const utils = await makeWorkerUtils({ connectionString, schema, logger });
  await utils.migrate();
  // The library has no call for either question; its view is what its documentation names.
  const db = new pg.Pool({ connectionString, max: 4 });
  return {
    enqueue: async (job) => (await utils.addJob('ocr', job)).id,
    batch: async (jobs) => void (await utils.addJobs(jobs.map((payload) => ({ identifier: 'ocr', payload })))),
    status: async (id) => (await db.query(`select * from ${schema}.jobs where id = $1`, [id])).rows[0],
    counts: () => db.query(`select locked_at is not null as running, count(*) from ${schema}.jobs group by 1`),
    async close() {
      await utils.release();
      await db.end();
    },
  };
}

export async function work(schema, concurrency) {
  await run({
    connectionString,
    schema,
    concurrency,
    logger,
    taskList: { ocr: (job) => handle(job) },
    parsedCronItems: [],
  });
}
