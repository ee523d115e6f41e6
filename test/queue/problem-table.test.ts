import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallContext } from '../../src/contract/principal.ts';
import { failAttempt } from '../../src/ledger/attempts.ts';
import { createDb } from '../../src/ledger/db.ts';
import { markHandedOver } from '../../src/ledger/gate.ts';
import { noteHeldBack } from '../../src/ledger/held-back.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { PROBLEMS } from '../../src/queue/problems.ts';
import { textOf } from '../../src/words/answers.ts';
import { hintForCommands } from '../../src/words/hints-for-commands.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, capOf, clearJobs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { createJobs } from '../verify/jobs.ts';

const bench = useGate();
const jobs = createJobs(bench, () => readLedgerId(bench.db));
const info = () => bench.queue.queueInfo({}, asOwner);

beforeEach(async () => {
  await clearJobs(bench.db);
  bench.engine.known.clear();
  await beatAs(bench.db, 'w1', 5);
  await bench.dispatch.tick();
});

const sql = (text: string) => bench.db.query(text);
const gateOf = (columns: string, values: string) => async () => {
  await sql(
    `insert into pantry_queue.gates (gate_id, name, ${columns}) values (gen_random_uuid(), 'another', ${values})`,
  );
  return () => sql(`delete from pantry_queue.gates where name = 'another'`);
};

async function readOnly() {
  // Beside the queue's own connections, which are all to be made anew.
  const admin = createDb({ url: bench.url, applicationName: 'admin', maxConnections: 1 });
  const set = (change: string) =>
    admin.transaction(async (tx) => {
      await tx.execute('set transaction read write');
      await tx.execute(`alter database ${new URL(bench.url).pathname.slice(1)} ${change}`);
      await tx.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    });
  await set('set default_transaction_read_only = on');
  await expect.poll(async () => (await info()).parts.ledger, { timeout: 20_000 }).toBe('read_only');
  return async () => {
    await set('reset default_transaction_read_only');
    await admin.close();
    await expect.poll(async () => (await info()).parts.ledger, { timeout: 20_000 }).toBe('ok');
  };
}

/** How each comes about, and how it passes. */
const SITUATIONS: Readonly<Record<keyof typeof PROBLEMS, () => Promise<() => Promise<unknown>>>> = {
  read_only: readOnly,
  budget_exhausted: async () => {
    const of = { currency: 'USD', period: 'day' } as const;
    await bench.queue.setBudget({ amount: '0', ...of }, asOwner);
    return () => bench.queue.removeBudget(of, asOwner);
  },
  queue_paused: async () => {
    await bench.queue.pauseQueue({ reason: 'stocktaking' }, asOwner);
    return () => bench.queue.resumeQueue({}, asOwner);
  },
  owner_paused: async () => {
    await bench.queue.pauseQueue({ user_id: 1, reason: 'on holiday' }, asOwner);
    return () => bench.queue.resumeQueue({ user_id: 1 }, asOwner);
  },
  limit: async () => {
    await capOf(bench.db, { in_flight: 0, user_id: 1, reason: 'budget' });
    return () => sql(`delete from pantry_queue.caps where reason = 'budget'`);
  },
  engine: async () => {
    bench.engine.away = true;
    await jobs.waiting();
    for (let look = 0; look < 2; look++) await bench.dispatch.tick();
    return async () => {
      bench.engine.away = false;
    };
  },
  no_gate: async () => {
    await sql('delete from pantry_queue.gates');
    return async () => {};
  },
  round_late: gateOf('late_round, late_since', `'fold_arrivals', now() - interval '1 minute'`),
  held_back: async () => {
    const client = await bench.db.connect();
    await client.query('begin');
    await client.query('select pg_current_xact_id()');
    await noteHeldBack(bench.db, 0);
    return async () => {
      await client.end();
      await noteHeldBack(bench.db, 3_600);
    };
  },
  no_worker: async () => {
    await sql('delete from pantry_queue.workers');
    return () => beatAs(bench.db, 'w1', 5);
  },
  schedules: async () => {
    await bench.queue.createSchedule({ name: 'nightly', cron: '0 2 * * *' }, asOwner);
    await sql(
      `update pantry_queue.schedules set failures = 3, failing_since = now(), last_run = '{"code": "image_missing"}'`,
    );
    return () => bench.queue.deleteSchedule({ name: 'nightly' }, asOwner);
  },
  webhooks: async () => {
    const of = { url: 'https://hooks.example/receipts', events: ['job.finished'] };
    const { webhook_id } = await bench.queue.createWebhook(of, asOwner);
    await sql(
      `update pantry_queue.webhooks set failing_since = now() - interval '1 hour', failures = 9, last_error = 'timeout'`,
    );
    return () => bench.queue.deleteWebhook({ webhook_id }, asOwner);
  },
  agent: gateOf('agent, agent_cause', `'down', 'The agent at agent:8002 cannot be reached.'`),
  jobs_blocked: async () => {
    const run = await jobs.handedOver();
    await markHandedOver(bench.db, run, { engineRunId: 'e1', paused: false, stuck: 'saving has failed 9 times' });
    return () => clearJobs(bench.db).then(() => beatAs(bench.db, 'w1', 5));
  },
  jobs_retrying: async () => {
    const run = await jobs.withAgent();
    const error = { code: 'agent_error', message: 'The agent failed.', charged: true } as const;
    await failAttempt(bench.db, run, 1, error, { phase: 'backoff', delayMs: 600_000 });
    return () => clearJobs(bench.db).then(() => beatAs(bench.db, 'w1', 5));
  },
};

describe('[I15] each row of the table of problems', () => {
  it.each(Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[])(
    '[I15] %s comes about, is said with its next step and who acts, and passes',
    async (name) => {
      expect((await info()).problems).toEqual([]);
      const passes = await SITUATIONS[name]();
      const now = await info();
      const [found, ...others] = now.problems;
      expect(others).toEqual([]);
      expect(found).toMatchObject({
        part: PROBLEMS[name].part,
        who_acts: PROBLEMS[name].who,
        message: expect.stringMatching(/^\S.*\.$/s),
        hint: expect.stringMatching(/^\S.*\.$/s),
      });
      const said = textOf('queueInfo', now).join('\n');
      expect(said).toContain(found?.message);
      expect(said).toContain(hintForCommands(found?.code ?? '', found?.hint ?? ''));
      await passes();
      await bench.dispatch.tick();
      expect((await info()).problems).toEqual([]);
    },
  );

  it('[I15] names the transaction that stays open, since when, and whether all of them can be seen', async () => {
    const passes = await SITUATIONS.held_back();
    const now = await info();
    expect(now.problems).toMatchObject([
      { code: 'transaction_open', message: expect.stringMatching(/\(pid \d+\)/), since: expect.any(String) },
    ]);
    expect(now.parts.transactions).toBe('all');
    await passes();
  });
});

describe('[I15] a prepared transaction', () => {
  it('[I15] that nobody ends is named like one of an open session', async () => {
    const client = await bench.db.connect();
    const gid = `left-${process.pid}`;
    await client.query('begin');
    await client.query('select pg_current_xact_id()');
    await client.query(`prepare transaction '${gid}'`);
    try {
      // Other databases of the server have transactions too, of which older ones go first while they are open.
      await vi.waitFor(
        async () => {
          await noteHeldBack(bench.db, 0);
          expect((await info()).problems).toMatchObject([
            {
              code: 'transaction_open',
              message: expect.stringContaining(`"${gid} (prepared)"`),
              since: expect.any(String),
            },
          ]);
        },
        { timeout: 25_000 },
      );
    } finally {
      await client.query(`rollback prepared '${gid}'`);
      await client.end();
      await noteHeldBack(bench.db, 3_600);
    }
    expect((await info()).problems).toEqual([]);
  });
});

describe('[Q24] a pause of one owner', () => {
  const contextOf = (user: number, ...scopes: ('jobs:read' | 'jobs:write' | 'queue:admin')[]): CallContext => ({
    principal: { tenant: 'default', user, scopes: new Set(scopes) },
  });
  const enqueue = async (user: number) => {
    const [receipt_id = 0] = await addReceipts(bench.db, 1, user);
    return (await bench.queue.enqueueOcr({ receipt_id }, asOwner)).job_id;
  };
  const stateOf = async (job_id: string) => bench.queue.getJobStatus({ job_id }, asOwner);

  it('[Q24] holds what waits of this owner, with who and since when, and of nobody else', async () => {
    const pause = await bench.queue.pauseQueue({ user_id: 7, reason: 'on holiday' }, contextOf(7, 'jobs:write'));
    expect(pause).toMatchObject({ user_id: 7, changed: true, paused: { by: 'user 7', reason: 'on holiday' } });
    const [theirs, mine] = [await enqueue(7), await enqueue(1)];
    await bench.dispatch.tick();
    expect(await stateOf(mine)).toMatchObject({ phase: 'worker' });
    expect(await stateOf(theirs)).toMatchObject({
      phase: 'admission',
      waiting_for: `the jobs of user 7 to be resumed: user 7 paused them at ${pause.paused?.since}`,
    });
    for (const context of [asOwner, contextOf(7, 'jobs:read')]) {
      expect((await bench.queue.queueInfo({}, context)).problems).toMatchObject([
        {
          code: 'owner_paused',
          message: 'The jobs of user 7 are paused by user 7: on holiday.',
          since: pause.paused?.since,
          jobs: 1,
          examples: [theirs],
          who_acts: 'owner',
        },
      ]);
    }
    expect((await info()).paused).toBeNull();
    expect((await bench.queue.queueInfo({}, contextOf(1, 'jobs:read'))).problems).toEqual([]);

    expect(await bench.queue.resumeQueue({ user_id: 7 }, contextOf(7, 'jobs:write'))).toMatchObject({ changed: true });
    await bench.dispatch.tick();
    expect(await stateOf(theirs)).toMatchObject({ phase: 'worker' });
  });

  it('[Q24] is made once, and apart from a pause of the whole queue', async () => {
    const pause = () => bench.queue.pauseQueue({ user_id: 7 }, asOwner);
    expect([(await pause()).changed, (await pause()).changed]).toEqual([true, false]);
    expect(await bench.queue.pauseQueue({}, asOwner)).toMatchObject({ changed: true, user_id: null });
    expect(await bench.queue.resumeQueue({}, asOwner)).toMatchObject({ changed: true });
    expect((await info()).problems).toMatchObject([{ code: 'owner_paused' }]);
    const resume = () => bench.queue.resumeQueue({ user_id: 7 }, asOwner);
    expect([(await resume()).changed, (await resume()).changed]).toEqual([true, false]);
  });

  it.each([
    ['another owner', { user_id: 8 }, ['jobs:write', 'queue:admin']],
    ['the whole queue without scope queue:admin', {}, ['jobs:write']],
    ['anything without scope jobs:write', { user_id: 7 }, ['jobs:read']],
  ] as const)('[Q24] [S1] is refused for %s', async (_whose, input, scopes) => {
    for (const call of [bench.queue.pauseQueue, bench.queue.resumeQueue]) {
      await expect(call(input, contextOf(7, ...scopes))).rejects.toMatchObject({ code: 'forbidden' });
    }
    expect((await info()).problems).toEqual([]);
  });
});

describe('[W5] list_workers', () => {
  it('[W5] tells the slots of each live worker, when it was seen and what it does, a page at a time', async () => {
    const run = await jobs.withAgent();
    await beatAs(bench.db, 'w1', 5, [`ocr-${run.subject}`]);
    await beatAs(bench.db, 'w2', 2);
    await beatAs(bench.db, 'gone', 2);
    await sql(`update pantry_queue.workers set seen_at = now() - interval '1 minute' where worker_id = 'gone'`);
    const first = await bench.queue.listWorkers({ limit: 1 }, asOwner);
    expect(first.workers).toMatchObject([
      {
        name: 'w1',
        host: 'here',
        pid: 1,
        slots: 5,
        busy: 1,
        doing: [{ job_id: `ocr-${run.subject}`, phase: 'agent', since: expect.any(String) }],
      },
    ]);
    const second = await bench.queue.listWorkers({ limit: 1, cursor: first.next_cursor ?? '' }, asOwner);
    expect(second).toMatchObject({ workers: [{ name: 'w2', busy: 0, doing: [] }], next_cursor: null });
    expect((await info()).workers).toMatchObject([{ name: 'w1', running: [`ocr-${run.subject}`] }, { name: 'w2' }]);
  });

  it('[W5] [I9] names no job of another tenant or user', async () => {
    await jobs.withAgent();
    const others = [
      { principal: { ...asOwner.principal, tenant: 'another' } },
      { principal: { tenant: 'default', user: 2, scopes: new Set(['jobs:read'] as const) } },
    ];
    for (const context of others) {
      expect((await bench.queue.listWorkers({}, context)).workers).toMatchObject([{ name: 'w1', doing: [] }]);
      expect((await bench.queue.queueInfo({}, context)).workers).toMatchObject([{ name: 'w1', running: [] }]);
    }
  });
});
