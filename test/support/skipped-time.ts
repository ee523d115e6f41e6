import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import { ensureArtifact } from '#artifacts';
import type { Activities } from '../../activities/index.ts';
import type { RunArgs, RunOutcome } from '../../src/contract/job.ts';
import { OCR_WORKFLOW, taskQueuesOf } from '../../src/contract/names.ts';
import { createEngineWorkers } from '../../src/engine/workers.ts';
import type { HistoryMessage } from './history.ts';
import { installTestRuntime } from './runtime.ts';
import { type AskedRun, activitiesOf, type StepCall } from './steps.ts';

const BUNDLE = new URL('../../dist/workflow-bundle.js', import.meta.url).pathname;

export interface EndedRun {
  readonly calls: readonly StepCall[];
  /** The steps in order, repeated attempts once. */
  readonly steps: readonly string[];
  /** As Temporal shows it. */
  readonly status: string;
  /** What the workflow returned, or the code that it failed with; a canceled one has neither. */
  readonly outcome: RunOutcome | string | undefined;
  readonly events: NonNullable<HistoryMessage['events']>;
}

export interface SkippedTime {
  /**
   * Runs the product's workflow to its end with the product's own workers. Time passes at once wherever the workflow
   * waits and no activity runs. The recorded history has been replayed when this returns.
   * @param steps the activities: policy reaches the workflow through their answers
   * @param moments `queued`: started, and no worker runs yet; `working`: the workers run, and time stands still
   */
  run(
    steps: Activities,
    moments?: { queued?(run: WorkflowHandle): Promise<unknown>; working?(run: WorkflowHandle): Promise<unknown> },
  ): Promise<EndedRun>;
}

/** One Temporal server for the tests of a file, which run one after the other: its time is the time of all. */
export function useSkippedTime(): SkippedTime {
  const runs = new Map<string, AskedRun>();
  const stops: (() => Promise<void>)[] = [];
  let env: TestWorkflowEnvironment;

  async function work(queueName: string): Promise<void> {
    const workers = await createEngineWorkers({
      connection: env.nativeConnection,
      namespace: env.namespace ?? 'default',
      queueName,
      identity: 'test',
      activities: activitiesOf(runs, () => env.currentTimeMs()),
      role: 'all',
      build: undefined,
      agentSlots: 2,
      shutdownGraceMs: 0,
      workflows: { bundlePath: BUNDLE },
    });
    const running = workers.run();
    stops.push(async () => {
      workers.shutdown();
      await running;
    });
  }

  beforeAll(async () => {
    installTestRuntime();
    const path = await ensureArtifact('temporal-test-server');
    env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
    await work('skipped');
  });
  afterAll(async () => {
    await Promise.all(stops.map((stop) => stop()));
    await env?.teardown();
  });

  return {
    async run(steps, { queued, working } = {}) {
      const receiptId = runs.size + 1;
      const args: RunArgs = { ledgerId: 'l', jobId: `ocr-${receiptId}`, generation: 1, runNo: 1 };
      const calls: StepCall[] = [];
      runs.set(args.jobId, { steps, calls, firstAt: new Map() });
      const queueName = queued ? `skipped-${receiptId}` : 'skipped';
      const handle = await env.client.workflow.start(OCR_WORKFLOW, {
        workflowId: args.jobId,
        taskQueue: taskQueuesOf(queueName).ocr,
        args: [args],
      });
      if (queued) {
        await queued(handle);
        await work(queueName);
      }
      await working?.(handle);
      const outcome = await handle.result().catch(codeOf);
      const history = await handle.fetchHistory();
      await Worker.runReplayHistory({ workflowBundle: { codePath: BUNDLE } }, history, args.jobId);
      return {
        calls,
        steps: calls.map(({ step }) => step).filter((step, n, all) => step !== all[n - 1]),
        status: (await handle.describe()).status.name,
        outcome,
        events: history.events ?? [],
      };
    },
  };
}

/** @throws what is no end of a workflow */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof WorkflowFailedError)) throw error;
  if (error.cause instanceof CancelledFailure) return undefined;
  for (let link: unknown = error.cause; link instanceof Error; link = link.cause) {
    if (link instanceof ApplicationFailure) return link.type ?? undefined;
  }
  throw error;
}
