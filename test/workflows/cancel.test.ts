import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { expect, it } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import { AppError } from '../../src/contract/errors.ts';
import { type EndedRun, useSkippedTime } from '../support/skipped-time.ts';
import { agentFails, awayFor, HEALTHY } from '../support/steps.ts';

const time = useSkippedTime();
const { EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED } = temporal.api.enums.v1.EventType;
const FOR_EVER_MS = Number.POSITIVE_INFINITY;

/** Waits until the workflow has told the server that its activity is to stop. */
async function untilAskedToStop(run: WorkflowHandle): Promise<void> {
  for (;;) {
    const { events } = await run.fetchHistory();
    if (events?.some((event) => event.eventType === EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs a job whose cancel is asked for from inside a step, with the run's own handle. */
async function runCanceledBy(stepsOf: (canceled: () => Promise<WorkflowHandle>) => Activities): Promise<EndedRun> {
  let give: (handle: WorkflowHandle) => void = () => {};
  const handle = new Promise<WorkflowHandle>((resolve) => {
    give = resolve;
  });
  const canceled = async () => {
    const run = await handle;
    await run.cancel();
    return run;
  };
  return time.run(stepsOf(canceled), { working: async (run) => give(run) });
}

function expectCanceled(run: EndedRun, steps: readonly string[]): void {
  expect(run).toMatchObject({ status: 'CANCELLED', outcome: undefined });
  expect(run.steps).toEqual([...steps, 'canceled']);
  expect(run.events.length).toBeLessThanOrEqual(24);
}

it('[Q7] a cancel before the first step: the job ends, and the agent is not called', async () => {
  const run = await time.run(HEALTHY, { queued: (handle) => handle.cancel() });
  expectCanceled(run, []);
  expect(run.events.length).toBeLessThanOrEqual(10);
});

it('[Q7] a cancel while the first step waits for the ledger: the job ends, and the agent is not called', async () => {
  let isAway = true;
  const run = await runCanceledBy((canceled) => ({
    ...HEALTHY,
    updateStatus: async (args) => {
      if (args.status === 'canceled') return HEALTHY.updateStatus(args);
      if (!Context.current().info.isLocal && isAway) {
        isAway = false;
        await canceled();
      }
      return awayFor(FOR_EVER_MS, HEALTHY.updateStatus)(args);
    },
  }));
  expectCanceled(run, ['processing']);
});

it('[Q7] a cancel during the call of the agent: the call hears of it, and only then the job ends', async () => {
  let heard = false;
  const run = await runCanceledBy((canceled) => ({
    ...HEALTHY,
    callAgent: async () => {
      await untilAskedToStop(await canceled());
      const { cancelled, heartbeat } = Context.current();
      heartbeat();
      await cancelled.catch(() => {});
      heard = true;
      throw new CancelledFailure('the job was canceled');
    },
    updateStatus: async (args) => {
      if (args.status === 'canceled') expect(heard).toBe(true);
      return HEALTHY.updateStatus(args);
    },
  }));
  expectCanceled(run, ['processing', 'callAgent']);
});

it('[Q7] a cancel between two calls of the agent: no further call', async () => {
  const run = await runCanceledBy((canceled) => ({
    ...HEALTHY,
    callAgent: async () => {
      await canceled();
      return agentFails(new AppError('agent_rate_limited', 'The agent asks to wait.', { retryAfterS: 600 }));
    },
  }));
  expectCanceled(run, ['processing', 'callAgent']);
  expect(run.calls.filter(({ step }) => step === 'callAgent')).toHaveLength(1);
});

it('[Q7] a cancel between the reply and the save: nothing is saved', async () => {
  const run = await runCanceledBy((canceled) => ({
    ...HEALTHY,
    callAgent: async (args) => {
      await untilAskedToStop(await canceled());
      return HEALTHY.callAgent(args);
    },
  }));
  expectCanceled(run, ['processing', 'callAgent']);
});

it('[Q7] a cancel that meets a save under way: the save is not repeated, and the ledger decides', async () => {
  const run = await runCanceledBy((canceled) => ({
    ...HEALTHY,
    saveResult: async (args) => {
      await canceled();
      return HEALTHY.saveResult(args);
    },
    updateStatus: async (args) =>
      args.status === 'processing' ? HEALTHY.updateStatus(args) : { current: false, reason: 'the job is finished' },
  }));
  expectCanceled(run, ['processing', 'callAgent', 'saveResult']);
  expect(run.calls.filter(({ step }) => step === 'saveResult')).toHaveLength(1);
});

it('[Q7] a cancel while the save waits for the ledger: the job ends, and the save is given up', async () => {
  let isFirst = true;
  const run = await runCanceledBy((canceled) => ({
    ...HEALTHY,
    saveResult: async (args) => {
      if (!Context.current().info.isLocal && isFirst) {
        isFirst = false;
        await canceled();
      }
      return awayFor(FOR_EVER_MS, HEALTHY.saveResult)(args);
    },
  }));
  expectCanceled(run, ['processing', 'callAgent', 'saveResult']);
});

it('[Q7] a cancel whose end the ledger cannot write at first: the end is written when it can', async () => {
  const run = await time.run(
    {
      ...HEALTHY,
      updateStatus: (args) =>
        args.status === 'canceled' ? awayFor(3_600_000, HEALTHY.updateStatus)(args) : HEALTHY.updateStatus(args),
    },
    { queued: (handle) => handle.cancel() },
  );
  expectCanceled(run, []);
  expect(run.calls.at(-1)?.waitedMs).toBeGreaterThanOrEqual(3_600_000);
});
