import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import { findOpenRuns, listOpenRuns } from '../../src/engine/open-runs.ts';
import { createTemporalEngine } from '../../src/engine/temporal-engine.ts';
import { type MoveDeps, moveEngine, planMove } from '../../src/maintenance/engine-move.ts';
import { engineStatus } from '../../src/maintenance/engine-status.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { type SeenCall, scriptedAgent } from '../support/agent.ts';
import { addReceipts } from '../support/db.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { startTemporal, type TestTemporal } from '../support/temporal.ts';

const JOBS = 60;
const SLOTS = 4;
/** Calls that fail first, so that their jobs are in back-off. */
const FAILING = 3;

/** A Temporal of the test's own, which keeps its state in a file, and may be killed and come back. */
async function ownTemporal() {
  const dir = await mkdtemp(path.join(tmpdir(), 'pantry-test-move-'));
  let server: TestTemporal = await startTemporal({ file: path.join(dir, 'temporal.db') });
  const { address } = server;
  onTestFinished(async () => {
    await server.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  });
  return {
    address,
    kill: () => server.kill('SIGKILL'),
    async comeBack() {
      server = await startTemporal({ file: path.join(dir, 'temporal.db'), port: Number(address.split(':')[1]) });
    },
  };
}

/** A queue on a Temporal of its own with 60 jobs in flight: being read, in back-off, waiting; and one for later. */
async function inFlight() {
  const old = await ownTemporal();
  const queue = await createInstallation({ engineAddress: old.address, settings: { agentSlots: SLOTS } });
  onTestFinished(() => queue.dispose());
  const held: SeenCall[] = [];
  let answers = false;
  const failed = new Set<number>();
  const agent = scriptedAgent((call) => {
    if (answers) return call.reply();
    if (failed.size >= FAILING || failed.has(call.receiptId)) return void held.push(call);
    failed.add(call.receiptId);
    call.fail(new AppError('agent_error', 'The agent failed.'));
  });
  await queue.work(agent);
  const ids = await addReceipts(queue.db, JOBS);
  const [later = 0] = await addReceipts(queue.db, 1);
  await queue.queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
  await queue.queue.enqueueOcr({ receipt_id: later, delay_seconds: 3_600 }, asOwner);
  await expect.poll(() => held.length, { timeout: 30_000 }).toBe(SLOTS);
  return {
    old,
    queue,
    agent,
    ids,
    held,
    failed,
    /** The agent answers all calls, those that it holds too. */
    answerAll() {
      answers = true;
      for (const call of held.splice(0)) call.reply();
    },
    async expectAllOnce(at: Installation) {
      for (const id of ids) await at.waitFor(`ocr-${id}`, ({ status }) => status === 'finished', 120_000);
      const callsOf = (id: number) => agent.calls.filter(({ receiptId }) => receiptId === id).length;
      const twice = ids.filter((id) => callsOf(id) !== (failed.has(id) ? 2 : 1));
      expect(twice).toEqual([]);
      expect((await at.queue.getJobStatus({ job_id: `ocr-${later}` }, asOwner)).status).toBe('scheduled');
      const [events] = await at.db.query<{ n: number }>(
        `select count(*)::int as n from pantry_queue.events where kind = 'finished'`,
      );
      expect(events?.n).toBe(JOBS);
    },
  };
}

const newEngine = () => ({ ...place(), connectionOptions: { address: place().address } });
const place = () => ({ address: inject('temporalAddress'), namespace: 'default' });

function depsOf(queue: Installation, changes: Partial<MoveDeps> = {}): MoveDeps {
  const { engine, queueName, workflowIdPrefix } = queue.settings;
  const { db, ledgerId } = queue;
  const to = newEngine();
  return { db, ledgerId, queueName, workflowIdPrefix, from: engine, to, graceMs: 20_000, say: () => {}, ...changes };
}

/** The same queue with processes that were started with the new settings. */
async function restarted(queue: Installation) {
  const { queueName, workflowIdPrefix, imageDir } = queue.settings;
  const settings = { queueName, workflowIdPrefix, imageDir, engine: newEngine(), agentSlots: 10 };
  const fresh = await createInstallation({ database: queue.url, settings });
  onTestFinished(() => fresh.dispose());
  return fresh;
}

async function expectVerified({ client, settings, db, ledgerId }: Installation) {
  const { address } = settings.engine;
  const engine = {
    ...createTemporalEngine(client, { queueName: settings.queueName, address }),
    openRuns: () => listOpenRuns(client, address),
  };
  const { findings } = await verifyLedger(db, { engine, ledgerId, workflowIdPrefix: settings.workflowIdPrefix });
  expect(findings).toEqual([]);
}

/** The command dies where it says this line. */
const diesAt = (nth: number) => {
  let lines = 0;
  return () => {
    lines += 1;
    if (lines === nth) throw new Error('killed');
  };
};

it('[P7] sixty jobs in flight move to another Temporal, with the command killed twice on its way: each ends once and is paid once', async () => {
  const { old, queue, agent, answerAll, expectAllOnce } = await inFlight();
  const plan = await planMove(depsOf(queue));
  expect(plan).toMatchObject({ from: { reachable: true }, under_way: { calls: SLOTS } });
  expect((await queue.db.query('select from pantry_queue.caps')).length).toBe(0);

  await expect(moveEngine(depsOf(queue, { say: diesAt(1) }))).rejects.toThrow('killed');
  const { problems } = await queue.queue.queueInfo({}, asOwner);
  expect(problems).toContainEqual(
    expect.objectContaining({
      code: 'engine_moving',
      message: `The queue is moving to another Temporal: to ${place().address}, namespace default.`,
    }),
  );
  answerAll();
  await expect(moveEngine(depsOf(queue, { say: diesAt(2) }))).rejects.toThrow('killed');
  const moved = await moveEngine(depsOf(queue));
  expect(moved).toMatchObject({ calls_left: 0, ended_runs: expect.any(Number), to_restart: ['test-queue'] });

  await expect
    .poll(async () => (await queue.queue.queueInfo({}, asOwner)).problems, { timeout: 20_000 })
    .toContainEqual(
      expect.objectContaining({
        code: 'engine_misconfigured',
        message: `The queue has moved to Temporal at ${place().address}, namespace "default".`,
        hint: `Set TEMPORAL_ADDRESS=${place().address} and TEMPORAL_NAMESPACE=default for this process, and restart it.`,
      }),
    );
  const fresh = await restarted(queue);
  await fresh.work(agent);
  await expectAllOnce(fresh);
  await expectVerified(fresh);
  const open: string[] = [];
  for await (const run of findOpenRuns(queue.client, old.address)) open.push(run.workflowId);
  expect(open).toEqual([]);
}, 240_000);

it('[P7] a Temporal that died with calls under way is left without it, and changes nothing when it comes back', async () => {
  const { old, queue, agent, answerAll, expectAllOnce } = await inFlight();
  await old.kill();
  const moved = await moveEngine(depsOf(queue, { graceMs: 500 }));
  expect(moved).toMatchObject({ from: { reachable: false }, ended_runs: null, calls_left: SLOTS });
  // What comes back from the old one names a run that is none any more.
  expect(await queue.db.query('select from pantry_queue.jobs where in_engine and run_no < 2')).toEqual([]);
  const fresh = await restarted(queue);
  await fresh.work(agent);
  await old.comeBack();
  answerAll();
  await expectAllOnce(fresh);
  await expectVerified(fresh);
  const started = await queue.db.query<{ n: number }>(
    `select count(*)::int as n from pantry_queue.jobs where run_no > 3`,
  );
  expect(started).toEqual([{ n: 0 }]);
}, 240_000);

it('[P7] a target that cannot be one is refused before anything is changed', async () => {
  const queue = await createInstallation();
  onTestFinished(() => queue.dispose());
  const to = (changes: { address?: string; namespace?: string }) => {
    const config = { ...newEngine(), ...changes };
    return depsOf(queue, { to: { ...config, connectionOptions: { address: config.address } } });
  };
  await expect(moveEngine(to({}))).rejects.toMatchObject({
    code: 'invalid_argument',
    message: 'The queue is in namespace "default" of this Temporal already.',
  });
  await expect(moveEngine(to({ namespace: 'nowhere' }))).rejects.toMatchObject({
    code: 'engine_misconfigured',
    message: `Temporal at ${place().address} has no namespace "nowhere".`,
  });
  await expect(moveEngine(to({ address: '127.0.0.1:1' }))).rejects.toMatchObject({ code: 'engine_unavailable' });
  expect(await queue.db.query('select from pantry_queue.caps')).toEqual([]);
  expect(await queue.db.query('select from pantry_queue.left_engines')).toEqual([]);
});

it('[P7] the state of the engine shows who polls, whose runs are open, and which process sees another Temporal', async () => {
  const { queue, answerAll } = await inFlight();
  const { db, ledgerId } = queue;
  const { engine, queueName } = queue.settings;
  const ask = async () => {
    const { runs, ledger, ...status } = await engineStatus({ db, ledgerId, queueName, engine });
    // Temporal lists a run a moment after it has begun.
    return { ...status, others: runs?.others, agree: runs?.ours === ledger.open };
  };
  await expect.poll(ask, { timeout: 20_000 }).toMatchObject({
    reachable: true,
    trouble: null,
    moving: false,
    server_version: expect.stringMatching(/^\d+\.\d+/),
    task_queues: [
      { name: `${queueName}-ocr`, pollers: [expect.any(String)] },
      { name: `${queueName}-agent`, pollers: [expect.any(String)] },
    ],
    others: 0,
    agree: true,
    processes: [{ name: 'test-queue', here: true, state: 'ok' }],
  });
  const elsewhere = await engineStatus({ db, ledgerId, queueName, engine: newEngine() });
  expect(elsewhere).toMatchObject({ runs: { ours: 0 }, processes: [{ name: 'test-queue', here: false }] });
  answerAll();
}, 120_000);
