import { Context } from '@temporalio/activity';
import { asLedgerStep, failureFrom } from '../../activities/failure.ts';
import type { Activities } from '../../activities/index.ts';
import { planRetry } from '../../activities/retry-plan.ts';
import { AppError } from '../../src/contract/errors.ts';
import type { RunArgs } from '../../src/contract/job.ts';
import { silent } from './log.ts';
import { runOf } from './run.ts';

/** One call of an activity. */
export interface StepCall {
  /** `callAgent`, `saveResult`, or the status that `updateStatus` is to write. */
  readonly step: string;
  readonly isLocal: boolean;
  readonly attempt: number;
  /** Since the step was first asked for, by the server's clock. */
  readonly waitedMs: number;
}

/** A run of the workflow, as its activities know it. */
export interface AskedRun {
  readonly steps: Activities;
  readonly calls: StepCall[];
  /** When each step was first asked for. */
  readonly firstAt: Map<string, number>;
}

/** The activities of each run, by workflow id, and a note of each call. @param now the server's clock */
export function activitiesOf(runs: ReadonlyMap<string, AskedRun>, now: () => Promise<number>): Activities {
  async function noted(step: string): Promise<Activities> {
    const context = Context.current();
    const { isLocal, attempt, workflowExecution } = context.info;
    const run = runs.get(workflowExecution?.workflowId ?? '');
    if (!run) throw new Error(`no run of this file asked for ${step}`);
    const at = await now();
    const firstAt = run.firstAt.get(step) ?? at;
    run.firstAt.set(step, firstAt);
    waits.set(context, at - firstAt);
    run.calls.push({ step, isLocal, attempt, waitedMs: at - firstAt });
    return run.steps;
  }
  return {
    updateStatus: async (args) => (await noted(args.status)).updateStatus(args),
    callAgent: async (args) => (await noted('callAgent')).callAgent(args),
    saveResult: async (args) => (await noted('saveResult')).saveResult(args),
  };
}

const waits = new WeakMap<Context, number>();

/** How long the step of the running activity has been waited for: since it was first asked for, by the server's clock. */
export function waitedMs(): number {
  return waits.get(Context.current()) ?? 0;
}

/** The steps of a job that meets nothing. */
export const HEALTHY: Activities = {
  updateStatus: async () => ({ current: true, attemptTimeoutMs: 30_000 }),
  callAgent: async () => ({ kind: 'reply', sha256: 'a'.repeat(64) }),
  saveResult: async () => ({ current: true }),
};

/**
 * A step whose ledger does not answer for so long, by the server's clock: it fails as the real one does.
 * @param options `askedEveryMs`: how long Temporal waits between attempts; undefined = as the workflow's policy says
 */
export function awayFor<Args extends RunArgs, Answer>(
  ms: number,
  step: (args: Args) => Promise<Answer>,
  options: { askedEveryMs?: number } = {},
): (args: Args) => Promise<Answer> {
  return async (args) => {
    const { isLocal } = Context.current().info;
    if (!isLocal && waitedMs() >= ms) return step(args);
    const away = new AppError('ledger_unavailable', 'The database does not answer.');
    if (!isLocal && options.askedEveryMs !== undefined) throw failureFrom(away, options.askedEveryMs);
    return asLedgerStep(silent, { name: 'step', run: runOf(args) }, () => Promise.reject(away));
  };
}

/** A step that fails so, each time. */
export function failing<Answer>(error: () => Error): (args: RunArgs) => Promise<Answer> {
  return (args) => asLedgerStep(silent, { name: 'step', run: runOf(args) }, () => Promise.reject(error()));
}

/** An attempt that the agent fails: what follows is what the error table says. */
export function agentFails(error: AppError, attemptsCharged = 0): never {
  const { next, error: shown } = planRetry(error, { attemptsCharged, lastError: null }, 'closed');
  throw failureFrom(shown, next && 'delayMs' in next ? next.delayMs : undefined);
}
