import { randomUUID } from 'node:crypto';
import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { createActivities } from '../../../activities/index.ts';
import { createRunningJobs, type RunningJobs } from '../../../activities/running-jobs.ts';
import { createHttpAgent } from '../../../src/agent/http-agent.ts';
import { createLostCalls, type LostCalls } from '../../../src/agent/lost-calls.ts';
import { NO_PRICES } from '../../../src/contract/cost.ts';
import type { Job } from '../../../src/contract/fields.ts';
import { CALL_AGENT } from '../../../src/contract/policies.ts';
import type { Db } from '../../../src/ledger/db.ts';
import { readLedgerId } from '../../../src/ledger/insight/queue-state.ts';
import { createNotifier, type Notifier } from '../../../src/ledger/notify.ts';
import { addReceipts } from '../../support/db.ts';
import { beatAs, useGate } from '../../support/gate.ts';
import { type AgentLogEntry, type HttpAgent, sendJson, startHttpAgent } from '../../support/http-agent.ts';
import { testLog } from '../../support/log.ts';
import { asOwner } from '../../support/owner.ts';
import { replyFor } from '../../support/replies.ts';
import { firstRunOf, type Run } from '../../support/run.ts';

/** For the logger that an activity's environment asks for. */
export const QUIET = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

const ATTEMPT_TIMEOUT_MS = 30_000;
type Reason = Parameters<MockActivityEnvironment['cancel']>[0];
type Details = ConstructorParameters<typeof ActivityCancellationDetails>[0];

/** The activity that calls the agent, as a worker runs it; heartbeats and cancels are the test's. */
interface Attempt {
  readonly heartbeats: readonly unknown[];
  /** What it answered, or what it threw. */
  readonly outcome: Promise<unknown>;
  cancel(reason: Reason, details: Details): void;
}

/** An attempt whose request is with the agent. */
interface Calling extends Attempt {
  readonly run: Run;
}

export interface AttemptBench {
  readonly db: Db;
  readonly running: RunningJobs;
  /** @param db what the attempt takes for the ledger; default: the ledger */
  attempt(run: Run, db?: Db): Attempt;
  /** What the workflow asks for at the end of a job. */
  endAs(run: Run, end: { status: 'failed'; code: string; message: string }): Promise<unknown>;
  /** The agent was away and is well again; it has answered nothing that it was asked before. */
  forget(): void;
  /** A job that waits in Temporal for a worker. */
  handedOver(): Promise<Run>;
  calling(db?: Db): Promise<Calling>;
  /** Ends the call that the agent holds. @param status default: a sound reading */
  answer(run: Run, status?: number): void;
  callsOf(run: Run): AgentLogEntry[];
  untilCalls(run: Run, count: number): Promise<void>;
  /** Waits until the agent has seen its only call go away. */
  untilCut(run: Run): Promise<void>;
  job(run: Run): Promise<Job>;
}

/** The real activities over the real ledger and an agent over real HTTP that answers when the test says so. */
export function useAttempts(): AttemptBench {
  const gate = useGate();
  const running = createRunningJobs();
  const answers = new Map<number, (status: number) => void>();
  let http: HttpAgent;
  let lost: LostCalls;
  let now = 0;
  let notifier: Notifier;
  let ledgerId: string;

  beforeAll(async () => {
    http = await startHttpAgent((request, response) => {
      answers.set(request.receipt_id, (status) => sendJson(response, status, status === 200 ? replyFor(request) : {}));
    });
    lost = createLostCalls(createHttpAgent({ url: http.url }), { settleMs: 1, now: () => now++, onAnswer: () => {} });
    notifier = createNotifier(gate.db);
    ledgerId = await readLedgerId(gate.db);
  });
  afterAll(async () => {
    await notifier?.close();
    await http?.close();
  });

  const activitiesOver = (db: Db) =>
    createActivities({
      db,
      notifier,
      agent: lost.agent,
      log: testLog,
      ledgerId,
      workflowIdPrefix: '',
      worker: { id: 'w1', name: 'w1' },
      running,
      attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
      ownsImage: () => true,
      defaultCurrency: 'VND',
      prices: NO_PRICES,
    });
  const bench: AttemptBench = {
    get db() {
      return gate.db;
    },
    running,
    attempt(run, db = gate.db) {
      const env = environmentOf(run);
      const heartbeats: unknown[] = [];
      env.on('heartbeat', (details) => heartbeats.push(details));
      return {
        heartbeats,
        outcome: env.run(activitiesOver(db).callAgent, run).catch((error: unknown) => error),
        cancel: (reason, details) => env.cancel(reason, new ActivityCancellationDetails(details)),
      };
    },
    endAs: (run, end) => environmentOf(run).run(activitiesOver(gate.db).updateStatus, { ...run, ...end }),
    forget() {
      for (const isWell of [false, true, true]) lost.looked({ isWell, isTold: !isWell });
    },
    async handedOver() {
      const [receiptId = 0] = await addReceipts(gate.db, 1);
      await gate.queue.enqueueOcr({ receipt_id: receiptId }, asOwner);
      await beatAs(gate.db, 'w1', 50);
      await gate.dispatch.tick();
      return firstRunOf(receiptId, ledgerId);
    },
    async calling(db) {
      const run = await bench.handedOver();
      const attempt = bench.attempt(run, db);
      await bench.untilCalls(run, 1);
      return { ...attempt, run };
    },
    answer: (run, status = 200) => answers.get(run.subject)?.(status),
    callsOf: (run) => http.log.filter((entry) => entry.receiptId === run.subject),
    async untilCalls(run, count) {
      while (bench.callsOf(run).length < count) await http.untilCalls(http.log.length + 1);
    },
    untilCut: (run) =>
      vi.waitFor(() => expect(bench.callsOf(run).map(({ ended }) => ended)).toEqual(['cut']), { timeout: 20_000 }),
    job: (run) => gate.queue.getJobStatus({ job_id: run.jobId }, asOwner),
  };
  return bench;
}

function environmentOf(run: Run): MockActivityEnvironment {
  return new MockActivityEnvironment(
    {
      workflowExecution: { workflowId: run.jobId, runId: randomUUID() },
      currentAttemptScheduledTimestampMs: Date.now(),
      startToCloseTimeoutMs: ATTEMPT_TIMEOUT_MS + CALL_AGENT.startToCloseMarginMs,
    },
    { logger: QUIET },
  );
}
