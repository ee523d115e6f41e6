import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { type HttpAgent, sendJson, startHttpAgent } from '../support/http-agent.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { replyFor } from '../support/replies.ts';
import { ALL, SEED, sampleOf } from '../support/sample.ts';
import { expectLedgerInOrder, expectPaidOnce } from '../support/witness.ts';
import { FAILPOINTS, type Failpoint, type Moment, PATHS } from './failpoints.ts';

const DOOMED = new URL('./doomed.mjs', import.meta.url).pathname;

/** `enqueue` and `cancel` are struck in the process of the caller; everything else in a worker. */
const inCaller = (point: Failpoint) => point === 'enqueue' || point === 'cancel';
const all = FAILPOINTS.flatMap((point) => (['before', 'after'] as const).map((moment) => ({ point, moment })));
/** `npm test` kills at one point of each stage of a job. */
const cases = sampleOf(all, ({ point }) => PATHS[point].stage);
const workerCases = cases.filter(({ point }) => !inCaller(point));

if (!ALL) vi.setConfig({ maxConcurrency: cases.length });

let queue: Installation;
let http: HttpAgent;
const behaviours = new Map<number, (typeof PATHS)[Failpoint]['agent']>();
const receipts = new Map<string, number>();
const workers = new Set<ChildProcess>();
let ended = false;

function doomed(...args: string[]): ChildProcess {
  const settings = JSON.stringify({ ...queue.settings, agentUrl: http.url });
  return spawn(process.execPath, [DOOMED, settings, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, VITEST: '' },
  });
}

/** Keeps two workers alive, whatever happens to them. */
function keepWorking(): void {
  const child = doomed();
  workers.add(child);
  child.once('exit', () => {
    workers.delete(child);
    if (!ended) keepWorking();
  });
}

async function arm(point: Failpoint, moment: Moment): Promise<number> {
  const [id = 0] = await addReceipts(queue.db, 1);
  behaviours.set(id, PATHS[point].agent);
  receipts.set(`${point}/${moment}`, id);
  await queue.db.query('insert into doom (point, moment, receipt_id) values ($1, $2, $3)', [point, moment, id]);
  return id;
}

beforeAll(async () => {
  queue = await createInstallation();
  await queue.db.transaction((tx) =>
    tx.execute(`create table doom (point text, moment text, receipt_id integer);
                create table doom_done (point text, moment text)`),
  );
  const calls = new Map<number, number>();
  http = await startHttpAgent((request, response) => {
    const nth = (calls.get(request.receipt_id) ?? 0) + 1;
    calls.set(request.receipt_id, nth);
    const behaviour = behaviours.get(request.receipt_id);
    if (behaviour === 'refuses') return sendJson(response, 422, {});
    if (behaviour === 'fails-once' && nth === 1) return sendJson(response, 500, {});
    if (behaviour !== 'hangs') sendJson(response, 200, replyFor(request));
  });
  for (const { point, moment } of workerCases) {
    const id = await arm(point, moment);
    await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
  }
  keepWorking();
  keepWorking();
});
afterAll(async () => {
  ended = true;
  const gone = [...workers].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of workers) child.kill('SIGKILL');
  await Promise.all(gone);
  await queue.dispose();
  await http.close();
});

const TIMEOUT_MS = ALL ? 300_000 : 120_000;

describe.concurrent(`kill -9 of the process at any step (seed ${SEED})`, () => {
  it.each(workerCases)(
    '$point, $moment: the job ends as it should, once',
    async ({ point, moment }) => {
      // The death of a neighbour can carry a job past its point; then another one goes there.
      for (let id = receipts.get(`${point}/${moment}`) ?? 0; ; ) {
        const { agent, ends } = PATHS[point];
        if (agent === 'hangs') {
          await queue.waitFor(`ocr-${id}`, (job) => job.phase === 'agent', TIMEOUT_MS);
          await queue.queue.cancelJob({ job_id: `ocr-${id}` }, asOwner);
        }
        const job = await queue.waitFor(`ocr-${id}`, (each) => each.ended_at !== null, TIMEOUT_MS);
        expect(job).toMatchObject({ status: ends, generation: 1 });
        const struck = await queue.db.query('select 1 as one from doom_done where point = $1 and moment = $2', [
          point,
          moment,
        ]);
        if (struck.length > 0) return;
        await queue.db.query('delete from doom where receipt_id = $1', [id]);
        id = await arm(point, moment);
        await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
      }
    },
    TIMEOUT_MS,
  );

  it.each(cases.filter(({ point }) => point === 'enqueue'))(
    '$point, $moment: no ack, and asking again makes one job',
    async ({ moment }) => {
      const id = await arm('enqueue', moment);
      const said = await saidBy(doomed('enqueue', `${id}`));
      expect(said).toBe('');
      const answer = await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
      expect(answer.deduplicated).toBe(moment === 'after');
      await queue.waitFor(`ocr-${id}`, (job) => job.status === 'finished', TIMEOUT_MS);
    },
    TIMEOUT_MS,
  );

  it.each(cases.filter(({ point }) => point === 'cancel'))(
    '$point, $moment: no ack, and asking again ends it',
    async ({ moment }) => {
      const id = await arm('cancel', moment);
      await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
      await queue.waitFor(`ocr-${id}`, (job) => job.phase === 'agent', TIMEOUT_MS);
      const said = await saidBy(doomed('cancel', `${id}`));
      expect(said).toBe('');
      await queue.queue.cancelJob({ job_id: `ocr-${id}` }, asOwner);
      await queue.waitFor(`ocr-${id}`, (job) => job.status === 'canceled', TIMEOUT_MS);
    },
    TIMEOUT_MS,
  );
});

async function saidBy(child: ChildProcess): Promise<string> {
  let said = '';
  child.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  await new Promise((resolve) => child.once('exit', resolve));
  return said;
}

describe('after all of it', () => {
  it('the ledger is in order, and paid calls are one a job and those cut in flight', async () => {
    await expectLedgerInOrder(queue);
    await expectPaidOnce(queue.db, http, (id) => (behaviours.get(id) === 'fails-once' ? 2 : 1));
  });
});
