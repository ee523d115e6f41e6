import { createHash } from 'node:crypto';
import { CancelledFailure, Context } from '@temporalio/activity';
import { AppError, isAppError, toAppError } from '../src/contract/errors.ts';
import { generationIdOf, jobIdOf, type OcrReceiptArgs } from '../src/contract/job.ts';
import { CALL_AGENT, IN_THE_AIR_MS, PARK_MS } from '../src/contract/policies.ts';
import { type AttemptStart, beginAttempt, deferJob, failAttempt, storeReply } from '../src/ledger/attempts.ts';
import { requestEngineCheck } from '../src/ledger/sweep.ts';
import type { ActivityDeps } from './deps.ts';
import { failureFrom } from './failure.ts';
import { planRetry } from './retry-plan.ts';

export type AgentRead =
  | { readonly kind: 'reply'; readonly sha256: string }
  | { readonly kind: 'not_current'; readonly reason: string };

type Call = Extract<AttemptStart, { kind: 'call' }>;

const RETRY_LEDGER_MS = 500;
/** How long an attempt that the ledger aborted waits for the engine to say the same. */
const AWAIT_CANCEL_MS = 6_000;

/**
 * One attempt: may it begin, the call, the reply stored. Refuses where the ledger says so, and returns at once where
 * the reply is there already.
 */
export function createCallAgent(deps: ActivityDeps) {
  return async (args: OcrReceiptArgs): Promise<AgentRead> => {
    const context = Context.current();
    const abort = new AbortController();
    const started = Date.now();
    const heartbeats = setInterval(
      () => context.heartbeat({ elapsed_ms: Date.now() - started }),
      CALL_AGENT.heartbeatEveryMs,
    );
    const leave = deps.running.add(generationIdOf(args), () => abort.abort());
    const onCancel = () => {
      // The engine has lost this attempt, or thinks so: the call goes on, for its reply is paid, and it will be found.
      const why = context.cancellationDetails;
      if (why?.notFound || why?.timedOut) {
        requestEngineCheck(deps.db, args).then(
          () => deps.notifier.changed([], { gate: true }),
          () => {},
        );
      } else abort.abort();
    };
    context.cancellationSignal.addEventListener('abort', onCancel);
    try {
      return await attempt(deps, args, context, abort.signal);
    } finally {
      clearInterval(heartbeats);
      leave();
      context.cancellationSignal.removeEventListener('abort', onCancel);
    }
  };
}

async function attempt(
  deps: ActivityDeps,
  args: OcrReceiptArgs,
  context: Context,
  signal: AbortSignal,
): Promise<AgentRead> {
  const begun = await begin(deps, args);
  switch (begun.kind) {
    case 'not_current':
      return begun;
    case 'replied':
      return { kind: 'reply', sha256: begun.sha256 };
    case 'wait':
      return wait(deps, args, begun.why);
    case 'call':
      deps.notifier.changed([args.receiptId]);
      return call(deps, args, begun, context, signal);
  }
}

async function begin(deps: ActivityDeps, args: OcrReceiptArgs): Promise<AttemptStart> {
  try {
    return await beginAttempt(deps.db, args, deps.worker);
  } catch (error) {
    throw failureFrom(toAppError(error), CALL_AGENT.retryIntervalMs);
  }
}

async function wait(deps: ActivityDeps, args: OcrReceiptArgs, why: 'paused' | 'in_the_air'): Promise<never> {
  if (why === 'in_the_air') {
    throw failureFrom(new AppError('job_active', 'An earlier attempt of this job is still being read.'), IN_THE_AIR_MS);
  }
  await deferJob(deps.db, args, { phase: 'paused', delayMs: PARK_MS });
  throw failureFrom(new AppError('queue_paused', 'The queue is paused.'), PARK_MS);
}

async function call(
  deps: ActivityDeps,
  args: OcrReceiptArgs,
  begun: Call,
  context: Context,
  signal: AbortSignal,
): Promise<AgentRead> {
  const jobId = jobIdOf(args.receiptId);
  const calledAt = Date.now();
  const note = { job_id: jobId, generation: args.generation, run_no: args.runNo, attempt: begun.attempt };
  try {
    const imageUrl = await deps.imageUrl?.(begun.imagePath);
    const reply = await deps.agent.extract(
      {
        receipt_id: args.receiptId,
        image_path: begun.imagePath,
        user_id: begun.userId,
        job_id: jobId,
        ...(imageUrl === undefined ? {} : { image_url: imageUrl }),
      },
      { idempotencyKey: `${jobId}:${args.generation}`, deadlineMs: deps.attemptTimeoutMs, signal },
    );
    const body = JSON.stringify(reply);
    const sha256 = createHash('sha256').update(body).digest('hex');
    const stored = await untilStored(() =>
      storeReply(deps.db, args, begun.attempt, { body, sha256, agentMs: Date.now() - calledAt }),
    );
    deps.notifier.changed([args.receiptId]);
    deps.log.info({ ...note, agent_ms: Date.now() - calledAt }, 'agent.replied');
    return { kind: 'reply', sha256: stored };
  } catch (error) {
    if (signal.aborted) return aborted(deps, args, begun, context);
    const plan = planRetry(toAppError(error), begun);
    deps.log.warn({ ...note, code: plan.error.code, retry_in_ms: plan.next?.delayMs }, 'agent.failed');
    await untilStored(() =>
      failAttempt(
        deps.db,
        args,
        begun.attempt,
        { code: plan.error.code, message: plan.error.message, charged: plan.charged },
        plan.next,
      ),
    );
    deps.notifier.changed([args.receiptId], { gate: true });
    throw failureFrom(plan.error, plan.next?.delayMs);
  }
}

/** The call was cut off on purpose: by a cancel, by a person's pause, or because this worker stops. */
async function aborted(deps: ActivityDeps, args: OcrReceiptArgs, begun: Call, context: Context): Promise<AgentRead> {
  if (!context.cancellationSignal.aborted) {
    // The ledger's own word came first; the engine's follows with a heartbeat, unless it is away.
    await Promise.race([
      context.cancelled.catch(() => {}),
      new Promise((resolve) => setTimeout(resolve, AWAIT_CANCEL_MS).unref()),
    ]);
  }
  const why = context.cancellationDetails;
  if (why?.cancelRequested) throw new CancelledFailure('the job was canceled');
  if (!context.cancellationSignal.aborted) return { kind: 'not_current', reason: 'the job was canceled' };

  const paused = why?.paused === true;
  const error = paused
    ? new AppError('queue_paused', 'A person paused the activity in Temporal.')
    : new AppError('agent_unavailable', 'The worker stopped; another one takes over.');
  await untilStored(() =>
    failAttempt(
      deps.db,
      args,
      begun.attempt,
      { code: error.code, message: error.message, charged: false },
      { phase: paused ? 'paused' : 'parked', delayMs: 0 },
    ),
  );
  if (paused) throw new CancelledFailure('the activity was paused');
  throw failureFrom(error, 1);
}

/**
 * What an attempt has to tell the ledger is told, however long the ledger is away: the heartbeats go on meanwhile, and
 * the engine's own limit on the attempt is the bound.
 */
async function untilStored<T>(store: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await store();
    } catch (error) {
      if (!isAppError(error) || error.code !== 'ledger_unavailable') throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_LEDGER_MS));
    }
  }
}
