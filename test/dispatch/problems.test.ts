import { beforeEach, describe, expect, it } from 'vitest';
import type { RunKey } from '../../src/contract/job.ts';
import { createDispatch } from '../../src/dispatch/create-dispatch.ts';
import { beginAttempt, failAttempt } from '../../src/ledger/attempts.ts';
import { noteFailure } from '../../src/ledger/breaker/breaker.ts';
import { createDb } from '../../src/ledger/db.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { createNotifier } from '../../src/ledger/notify.ts';
import { textOf } from '../../src/words/answers.ts';
import { fakeEngine } from '../support/engine.ts';
import { beatAs, clearJobs, useGate } from '../support/gate.ts';
import { testLog } from '../support/log.ts';
import { asOwner } from '../support/owner.ts';
import { createJobs } from '../verify/jobs.ts';

const bench = useGate();
const jobs = createJobs(bench, () => readLedgerId(bench.db));
beforeEach(async () => {
  await clearJobs(bench.db);
  bench.engine.away = false;
  bench.engine.known.clear();
  await beatAs(bench.db, 'w1', 5);
  await bench.dispatch.tick();
});

const info = () => bench.queue.queueInfo({}, asOwner);
const said = async () => textOf('queueInfo', await info()).join('\n');

async function meetsNoAgent(run: RunKey) {
  await beginAttempt(bench.db, run, { id: 'w1', name: 'w1' });
  const [row] = await bench.db.query<{ attempt: number }>(
    'select attempt from pantry_queue.jobs where subject = $1 and generation = $2',
    [run.subject, run.generation],
  );
  const error = { code: 'agent_unavailable', message: 'The agent cannot be reached.', charged: false } as const;
  await noteFailure(bench.db, run, error);
  await failAttempt(bench.db, run, row?.attempt ?? 0, error, { phase: 'parked' });
}

describe('[I15] queue_info while something is wrong', () => {
  it('says nothing is wrong only when nothing is', async () => {
    expect((await info()).problems).toEqual([]);
    // Nobody has asked the agent yet.
    expect(await said()).not.toContain('all parts are well');
    await bench.db.query(`insert into pantry_queue.gates (gate_id, name, agent) values (gen_random_uuid(), 'w', 'ok')`);
    await bench.dispatch.sweep();
    expect(await said()).toContain('all parts are well');
    await bench.db.query(`delete from pantry_queue.gates where name = 'w'`);
  });

  it('names the agent when every job is parked: since when, how many and which', async () => {
    const runs = [await jobs.handedOver(), await jobs.handedOver(), await jobs.handedOver()];
    for (const run of runs) await meetsNoAgent(run);
    await bench.dispatch.sweep();
    const now = await info();
    expect(now.parts).toMatchObject({ agent: 'down', agent_since: expect.any(String) });
    expect(now.problems).toMatchObject([
      {
        part: 'agent',
        code: 'agent_unavailable',
        jobs: 3,
        examples: runs.map((run) => `ocr-${run.subject}`),
        since: expect.any(String),
      },
    ]);
    const job = await bench.queue.getJobStatus({ job_id: `ocr-${runs[0]?.subject}` }, asOwner);
    expect(job.waiting_for).toContain(`the OCR agent to recover: it cannot be reached since ${now.problems[0]?.since}`);

    // Trying it again does not show that it is well; a reply does.
    await bench.db.query('update pantry_queue.breaker set next_probe_at = now()');
    await bench.dispatch.tick();
    await bench.dispatch.sweep();
    expect((await info()).parts).toMatchObject({ agent: 'down', agent_since: now.parts.agent_since });
    for (let step = 0; step < 12; step++) {
      await bench.db.query('update pantry_queue.breaker set replies = 1');
      await bench.dispatch.tick();
    }
    await bench.dispatch.sweep();
    expect((await info()).problems).toEqual([]);
  });

  it('names an engine that is away, with the jobs that wait for it', async () => {
    bench.engine.away = true;
    const run = await jobs.waiting();
    // The first look still believes it is there and finds out.
    await bench.dispatch.tick();
    await bench.dispatch.tick();
    expect((await info()).problems).toMatchObject([
      { part: 'engine', code: 'engine_unavailable', jobs: 1, examples: [`ocr-${run.subject}`] },
    ]);
    expect(await said()).not.toContain('well');
    const job = await bench.queue.getJobStatus({ job_id: `ocr-${run.subject}` }, asOwner);
    expect(job.waiting_for).toMatch(/^Temporal, which cannot be reached since /);
  });

  it('names the process that does not reach Temporal while others do', async () => {
    await bench.db.query(
      `insert into pantry_queue.gates (gate_id, name, engine, engine_since, engine_cause)
       values (gen_random_uuid(), 'worker b', 'down', now(), 'Temporal at b:7233 cannot be reached.')`,
    );
    await bench.dispatch.sweep();
    const now = await info();
    expect(now.parts.engine).toBe('ok');
    expect(now.problems).toMatchObject([
      { part: 'engine', message: 'worker b: Temporal at b:7233 cannot be reached.' },
    ]);
    await bench.db.query(`delete from pantry_queue.gates where name = 'worker b'`);
  });

  it('keeps the view of each process apart, whichever wrote last', async () => {
    const engine = fakeEngine();
    engine.away = true;
    const notifier = createNotifier(bench.db);
    const other = createDispatch({
      db: bench.db,
      notifier,
      engine,
      log: testLog,
      name: 'worker b',
      ledgerId: await readLedgerId(bench.db),
      workflowIdPrefix: '',
      retention: { resultTtlS: 0, failureTtlS: 0 },
      webhooks: bench.webhooks,
    });
    for (const turn of [other, bench.dispatch, other, bench.dispatch]) await turn.tick();
    const view = async () => {
      const { parts, problems } = await info();
      return { engine: parts.engine, problems: problems.map(({ part, message }) => `${part}: ${message}`) };
    };
    const blind = 'engine: worker b: The engine is away.';
    expect(await view()).toEqual({ engine: 'ok', problems: [blind] });
    await other.tick();
    expect(await view()).toEqual({ engine: 'ok', problems: [blind] });
    // Who reaches it hands over; who does not leaves it to the others.
    const run = await jobs.waiting();
    await other.tick();
    expect(engine.started).toEqual([]);
    await bench.dispatch.tick();
    const job = await bench.queue.getJobStatus({ job_id: `ocr-${run.subject}` }, asOwner);
    expect(job.phase).toBe('worker');
    await other.stop();
    await notifier.close();
    await bench.dispatch.tick();
    expect(await view()).toEqual({ engine: 'ok', problems: [] });
  });

  it('names the round of a process that does not come through', async () => {
    await bench.db.query(
      `insert into pantry_queue.gates (gate_id, name, late_round, late_since)
       values (gen_random_uuid(), 'worker b', 'give_up', now() - interval '1 minute')`,
    );
    expect((await info()).problems).toMatchObject([
      { part: 'queue', code: 'round_late', message: expect.stringContaining('worker b: its round "give_up"'), jobs: 0 },
    ]);
    await bench.db.query(`delete from pantry_queue.gates where name = 'worker b'`);
  });

  it('names a missing worker, a pause, a person’s pause and what is stuck', async () => {
    const [one, two] = [await jobs.handedOver(), await jobs.handedOver()];
    const seen = async (run: RunKey, what: object) => {
      const known = bench.engine.known.get(`ocr-${run.subject}`);
      if (known) bench.engine.known.set(`ocr-${run.subject}`, { ...known, ...what } as typeof known);
    };
    await seen(one, { paused: true });
    await seen(two, { stuck: 'saving its result has failed 9 times' });
    await bench.db.query('update pantry_queue.jobs set engine_checked_at = null');
    await bench.dispatch.sweep();
    await bench.db.query('delete from pantry_queue.workers');
    await bench.queue.pauseQueue({}, asOwner);
    await bench.dispatch.sweep();
    expect((await info()).problems.map(({ part, code }) => [part, code])).toEqual([
      ['queue', 'queue_paused'],
      ['workers', 'no_worker'],
      ['jobs', 'activity_paused'],
      ['jobs', 'stuck'],
    ]);
    expect(await said()).toContain('saving its result has failed 9 times');
    await bench.queue.resumeQueue({}, asOwner);
    await seen(one, { paused: false });
    await seen(two, { stuck: null });
    await beatAs(bench.db, 'w1', 5);
    await bench.db.query('update pantry_queue.jobs set engine_checked_at = null');
    await bench.dispatch.sweep();
    expect((await info()).problems).toEqual([]);
    const job = await bench.queue.getJobStatus({ job_id: `ocr-${one.subject}` }, asOwner);
    expect(job).toMatchObject({ status: 'queued', phase: 'worker', waiting_for: 'a free worker' });
  });

  it('says that the database is read-only, and blames no worker for it', async () => {
    const run = await jobs.waiting();
    // Beside the queue's own connections, which are all to be made anew.
    const admin = createDb({ url: bench.url, applicationName: 'admin', maxConnections: 1 });
    const set = async (sql: string) => {
      await admin.transaction(async (tx) => {
        await tx.execute('set transaction read write');
        await tx.execute(`alter database ${new URL(bench.url).pathname.slice(1)} ${sql}`);
      });
      await admin.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    };
    await set('set default_transaction_read_only = on');
    try {
      await expect.poll(async () => (await info()).parts.ledger, { timeout: 20_000 }).toBe('read_only');
      const now = await info();
      expect(now.problems[0]).toMatchObject({ part: 'ledger', message: 'The database is read-only.' });
      expect(now.problems.map(({ code }) => code)).not.toContain('no_worker');
      const job = await bench.queue.getJobStatus({ job_id: `ocr-${run.subject}` }, asOwner);
      expect(job.waiting_for).toMatch(/database to accept writes again/);
    } finally {
      await set('reset default_transaction_read_only');
      await admin.close();
    }
  });
});
