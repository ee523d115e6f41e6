import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { createRunningJobs } from '../../activities/running-jobs.ts';
import { NO_PRICES } from '../../src/contract/cost.ts';
import { workflowIdOf } from '../../src/contract/names.ts';
import { LEDGER_STEP } from '../../src/contract/policies.ts';
import { troubleOf } from '../../src/ledger/connection/sqlstates.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { createNotifier, type Notifier } from '../../src/ledger/notify.ts';
import { inActivity } from '../support/activity-context.ts';
import { scriptedAgent } from '../support/agent.ts';
import { databaseError } from '../support/database-errors.ts';
import { useDatabase } from '../support/db.ts';
import { clearJobs, noBlobs } from '../support/gate.ts';
import { handedOver, replied, worker } from '../support/job-states.ts';
import { silent } from '../support/log.ts';
import type { Run } from '../support/run.ts';
import { ONE_OF_EACH } from '../support/sqlstates.ts';
import { type StatementFaults, statementFaults } from '../support/statement-faults.ts';

const database = useDatabase();
let db: Db;
let notifier: Notifier;
let faults: StatementFaults;
const agent = scriptedAgent((call) => call.reply());

beforeAll(() => {
  faults = statementFaults();
});
afterAll(() => faults.restore());
// After some errors a process works as behind a pooler, so each test has connections of its own.
beforeEach(async () => {
  await clearJobs(database.db);
  agent.calls.length = 0;
  db = createDb({ url: database.url, applicationName: 'activities', maxConnections: 10 });
  notifier = createNotifier(db);
  return async () => {
    await notifier.close();
    await db.close();
  };
});

const codesOf = (trouble: string) => ONE_OF_EACH.filter((state) => troubleOf(state) === trouble);
const NOT_NOW = codesOf('not_now');
const AGAIN = codesOf('again');
const LASTING = codesOf('lasting');

async function activities() {
  return createActivities({
    ...{ db, notifier, agent, log: silent, worker, workflowIdPrefix: '', attemptTimeoutMs: 30_000 },
    ...{ running: createRunningJobs(), ownsImage: noBlobs.owns, defaultCurrency: 'VND', prices: NO_PRICES },
    ledgerId: await readLedgerId(database.db),
  });
}
type Activities = Awaited<ReturnType<typeof activities>>;

/** An activity with the state that its job is in when it is called. */
interface Called {
  readonly prepare: (db: Db) => Promise<Run>;
  readonly call: (activities: Activities, run: Run) => Promise<unknown>;
  readonly done: object;
}
const CALLS = {
  'updateStatus(processing)': {
    prepare: handedOver,
    call: (to, run) => to.updateStatus({ ...run, status: 'processing' }),
    done: { current: true },
  },
  'updateStatus(canceled)': {
    prepare: handedOver,
    call: (to, run) => to.updateStatus({ ...run, status: 'canceled' }),
    done: { current: true },
  },
  callAgent: { prepare: handedOver, call: (to, run) => to.callAgent(run), done: { kind: 'reply' } },
  saveResult: { prepare: replied, call: (to, run) => to.saveResult(run), done: { current: true } },
} as const satisfies Record<string, Called>;
const EACH = Object.entries(CALLS) as [string, Called][];

function run({ call }: Called, to: Activities, args: Run, attempt = 1): Promise<unknown> {
  return inActivity(workflowIdOf(args, ''), { attempt }, () => call(to, args));
}

async function jobsOf(count: number, { prepare }: Called): Promise<Run[]> {
  const runs: Run[] = [];
  for (let n = 0; n < count; n++) runs.push(await prepare(database.db));
  return runs;
}

/** Statements that the activity sends, in their order. */
async function statementsOf(called: Called, to: Activities): Promise<string[]> {
  const [args] = await jobsOf(1, called);
  return [...new Set(await faults.record(() => run(called, to, args as Run)))];
}

/** Each error once, in turn, no matter who sends the statement. */
const inTurn = (codes: readonly string[]) => {
  let at = 0;
  return () => databaseError(codes[at++ % codes.length] as string);
};

/** What Temporal is told, and whether it may call again. */
async function toldBy(work: Promise<unknown>): Promise<{ type: unknown; again: boolean }> {
  const failure = await work.then(
    (value) => expect.unreachable(`it was done: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ApplicationFailure);
  const { type, nonRetryable } = failure as ApplicationFailure;
  return { type, again: !nonRetryable };
}

const charged = () => database.db.query('select job_no from pantry_queue.jobs where attempts_charged > 0');
const stateOf = async ({ subject }: Run) =>
  (
    await database.db.query(
      'select pantry_queue.state_of(status, phase) as state, error_code from pantry_queue.jobs where subject = $1',
      [subject],
    )
  )[0];

describe.each(EACH)('%s', (name, called) => {
  it('[P9] is done in one call where the table says again', async () => {
    const to = await activities();
    const text = (await statementsOf(called, to)).at(-1) ?? '';
    for (const state of AGAIN) {
      const [args] = await jobsOf(1, called);
      const fault = { text, error: () => databaseError(state), times: 1 };
      const done = await faults.refuse(fault, () => run(called, to, args as Run));
      expect([state, done]).toMatchObject([state, called.done]);
    }
    expect(await charged()).toEqual([]);
  });

  it('[P9] ends no job and charges no attempt where the table says not now, however often', async () => {
    const to = await activities();
    const [first = ''] = await statementsOf(called, to);
    const [args] = await jobsOf(1, called);
    agent.calls.length = 0;
    for (const state of NOT_NOW) {
      const told = faults.refuse({ text: first, error: () => databaseError(state) }, () =>
        toldBy(run(called, to, args as Run, 1_000)),
      );
      expect([state, await told]).toEqual([state, { type: 'ledger_unavailable', again: true }]);
    }
    expect(agent.calls).toEqual([]);
    expect(await run(called, to, args as Run, 1_001)).toMatchObject(called.done);
    expect(agent.calls).toHaveLength(name === 'callAgent' ? 1 : 0);
    expect(await charged()).toEqual([]);
  });
});

describe('callAgent', () => {
  const called = CALLS.callAgent;
  const isStore = (text: string) => text.includes('insert into pantry_queue.replies');

  it('[I16] stores a paid reply through every error that passes, with one call of the agent', async () => {
    const to = await activities();
    const text = (await statementsOf(called, to)).find(isStore) ?? '';
    const runs = await jobsOf(10, called);
    agent.calls.length = 0;
    const codes = [...NOT_NOW, ...AGAIN];
    const done = faults.refuse({ text, error: inTurn(codes), times: codes.length }, () =>
      Promise.all(runs.map((args) => run(called, to, args))),
    );
    expect(await done).toEqual(runs.map(() => ({ kind: 'reply', sha256: expect.any(String) })));
    expect(agent.calls.map(({ receiptId }) => receiptId).sort()).toEqual(runs.map(({ subject }) => subject).sort());
    expect(await charged()).toEqual([]);
  });

  it.each([
    ['before the call', (text: string) => text.includes("'attempt_started'"), 0],
    ['when the reply is stored', isStore, 1],
  ])('[P9] ends after a few tries, uncharged, where the table says lasting %s', async (_when, isMeant, calls) => {
    const to = await activities();
    const text = (await statementsOf(called, to)).find(isMeant) ?? '';
    const runs = await jobsOf(LASTING.length, called);
    agent.calls.length = 0;
    const told = await faults.refuse({ text, error: inTurn(LASTING) }, () =>
      Promise.all(runs.map((args) => toldBy(run(called, to, args)))),
    );
    for (const each of told) {
      expect(each).toMatchObject({ type: expect.stringMatching(/^ledger_(refused|misconfigured)$/), again: false });
    }
    expect(agent.calls).toHaveLength(calls * runs.length);
    expect(await charged()).toEqual([]);
  });
});

describe.each(['updateStatus(processing)', 'saveResult'] as const)('%s', (name) => {
  const called = CALLS[name];
  const writesReceipt = (text: string) => text.includes('update public.receipts');

  it('[P9] ends the job in its first call where the table says lasting of what it writes', async () => {
    const to = await activities();
    const text = (await statementsOf(called, to)).find(writesReceipt) ?? '';
    for (const state of LASTING) {
      const [args] = await jobsOf(1, called);
      const told = faults.refuse({ text, error: () => databaseError(state) }, () =>
        toldBy(run(called, to, args as Run)),
      );
      expect([state, await told]).toMatchObject([state, { type: 'result_not_storable', again: false }]);
      expect(await stateOf(args as Run)).toEqual({ state: 'failed', error_code: 'result_not_storable' });
    }
    expect(await charged()).toEqual([]);
  });

  it('[I5] fails for good after its few tries where the table says lasting of what it reads', async () => {
    const to = await activities();
    const [first = ''] = await statementsOf(called, to);
    const [args] = await jobsOf(1, called);
    for (const state of LASTING) {
      const told = (attempt: number) =>
        faults.refuse({ text: first, error: () => databaseError(state) }, () =>
          toldBy(run(called, to, args as Run, attempt)),
        );
      expect([state, (await told(LEDGER_STEP.ownTries - 1)).again]).toEqual([state, true]);
      expect([state, (await told(LEDGER_STEP.ownTries)).again]).toEqual([state, false]);
    }
  });
});

describe('updateStatus(canceled)', () => {
  const called = CALLS['updateStatus(canceled)'];

  it('[I1] is tried for as long as it takes, whatever the database says: else the job would have no end', async () => {
    const to = await activities();
    const [first = ''] = await statementsOf(called, to);
    const [args] = await jobsOf(1, called);
    for (const state of LASTING) {
      const told = faults.refuse({ text: first, error: () => databaseError(state) }, () =>
        toldBy(run(called, to, args as Run, 10_000)),
      );
      expect([state, (await told).again]).toEqual([state, true]);
    }
    expect(await run(called, to, args as Run, 10_001)).toMatchObject(called.done);
    expect(await stateOf(args as Run)).toEqual({ state: 'canceled', error_code: null });
  });

  it('[I1] ends the job without its receipt where the receipt’s table refuses for good', async () => {
    const to = await activities();
    const text = (await statementsOf(called, to)).find((each) => each.includes('update public.receipts')) ?? '';
    const runs = await jobsOf(LASTING.length, called);
    const done = faults.refuse({ text, error: inTurn(LASTING) }, () =>
      Promise.all(runs.map((args) => run(called, to, args))),
    );
    expect(await done).toEqual(runs.map(() => expect.objectContaining({ current: true })));
    for (const args of runs) expect(await stateOf(args)).toEqual({ state: 'canceled', error_code: null });
  });
});
