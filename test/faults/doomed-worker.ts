import pg from 'pg';
import type { WorkerSettings } from '../../src/compose.ts';
import type { Log } from '../../src/ports.ts';
import { asOwner } from '../support/owner.ts';
import { failpointAgent, failpointWrap, type Strike } from './failpoints.ts';

/** Of what was built, as `up` runs it; `doomed.mjs` has loaded it by now. */
const built = <T>(file: string): Promise<T> => import(new URL(`../../dist/src/${file}`, import.meta.url).href);
const { createHttpAgent } = await built<typeof import('../../src/agent/http-agent.ts')>('agent/http-agent.js');
const { composeQueue } = await built<typeof import('../../src/compose.ts')>('compose.js');
const { composeWorker } = await built<typeof import('../../src/compose-worker.ts')>('compose-worker.js');
const { installRuntime } = await built<typeof import('../../src/engine/workers.ts')>('engine/workers.js');

const silent: Log = { info() {}, warn() {}, error() {} };

/**
 * A real process that dies by `kill -9` at its failpoints. Which ones are left stands in table `doom`, so that each
 * strikes once, however many processes come and go. With `enqueue` or `cancel` it makes one such call and ends.
 */
const [settingsJson = '{}', call, receipt] = process.argv.slice(2);
const settings = JSON.parse(settingsJson) as WorkerSettings;
const doom = new pg.Pool({ connectionString: settings.databaseUrl, max: 2 });

const strike: Strike = async (point, moment, receiptId) => {
  // Admission knows no receipt: it is struck whatever it admits.
  const { rows } = await doom.query(
    `delete from doom where point = $1 and moment = $2 and (receipt_id = $3 or $3::int is null) returning point`,
    [point, moment, receiptId ?? null],
  );
  if (rows.length === 0) return;
  await doom.query('insert into doom_done (point, moment) values ($1, $2)', [point, moment]);
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => {});
};

installRuntime(silent);
const base = await composeQueue(settings, silent, { applicationName: 'doomed', wrap: failpointWrap(strike) });
const receiptId = Number(receipt);
if (call === 'enqueue') {
  await base.queue.enqueueOcr({ receipt_id: receiptId }, asOwner);
  process.stdout.write('acknowledged');
  process.exit(0);
} else if (call === 'cancel') {
  await base.queue.cancelJob({ job_id: `ocr-${receiptId}` }, asOwner);
  process.stdout.write('acknowledged');
  process.exit(0);
} else {
  const agent = failpointAgent(strike, createHttpAgent({ url: settings.agentUrl }));
  const worker = composeWorker(settings, silent, base, agent);
  process.on('disconnect', () => process.exit(0));
  process.send?.('ready');
  await worker.run();
}
