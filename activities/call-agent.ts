import { CancelledFailure, Context } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import { costOf } from '../src/contract/agent-reply/cost.ts';
import { AppError, toAppError } from '../src/contract/errors.ts';
import { callKeyOf, generationIdOf, type RunKey } from '../src/contract/job.ts';
import { LostCall } from '../src/contract/lost-call.ts';
import { CALL_AGENT, IN_THE_AIR_MS, PAUSED_MS, PERSIST } from '../src/contract/policies.ts';
import type { JobType } from '../src/jobs/job-type.ts';
import { type AttemptStart, beginAttempt, deferJob, failAttempt } from '../src/ledger/attempts.ts';
import { noteFailure } from '../src/ledger/breaker/breaker.ts';
import { BUDGET_EXHAUSTED } from '../src/ledger/caps.ts';
import { causeFields } from '../src/ledger/connection/refusal.ts';
import { endMismatch } from '../src/ledger/ends.ts';
import { requestEngineCheck } from '../src/ledger/engine/engine-checks.ts';
import { park } from '../src/ledger/parking.ts';
import { keepRefusedReply, storeReply } from '../src/ledger/replies.ts';
import { waitForCap } from '../src/words/cap.ts';
import type { ActivityDeps } from './deps.ts';
import { failureFrom } from './failure.ts';
import { type Persistence, persist } from './persist.ts';
import { planRetry } from './retry-plan.ts';

export type AgentRead =
  | { readonly kind: 'reply'; readonly sha256: string }
  | { readonly kind: 'not_current'; readonly reason: string };

type Call = Extract<AttemptStart, { kind: 'call' }>;

/** How long an attempt that the ledger aborted waits for the engine to say the same. */
const AWAIT_CANCEL_MS = 6_000;

/**
 * One attempt: may it begin, the call, the reply stored. Refuses where the ledger says so, and returns at once where
 * the reply is there already.
 */
export function createCallAgent(deps: ActivityDeps) {
  return async (run: RunKey): Promise<AgentRead> => {
    const context = Context.current();
    const abort = new AbortController();
    const started = Date.now();
    const heartbeats = setInterval(
      () => context.heartbeat({ elapsed_ms: Date.now() - started }),
      CALL_AGENT.heartbeatEveryMs,
    );
    const leave = deps.running.add(generationIdOf(run), () => abort.abort());
    const onCancel = () => {
      // The engine has lost this attempt, or thinks so: the call goes on, for its reply is paid, and it will be found.
      const why = context.cancellationDetails;
      if (why?.notFound || why?.timedOut) {
        requestEngineCheck(deps.db, run).then(
          () => deps.notifier.changed([], { gate: true }),
          () => {},
        );
      } else abort.abort();
    };
    context.cancellationSignal.addEventListener('abort', onCancel);
    try {
      return await attempt(deps, run, context, abort.signal);
    } catch (error) {
      throw error instanceof TemporalFailure ? error : ledgerFailure(toAppError(error));
    } finally {
      clearInterval(heartbeats);
      leave();
      context.cancellationSignal.removeEventListener('abort', onCancel);
    }
  };
}

/** A ledger that is away is asked again by the next attempt; a fault of our own has had its tries. */
function ledgerFailure(error: AppError): TemporalFailure {
  return failureFrom(error, error.code === 'ledger_unavailable' ? CALL_AGENT.retryIntervalMs : undefined);
}

async function attempt(deps: ActivityDeps, run: RunKey, context: Context, signal: AbortSignal): Promise<AgentRead> {
  const begun = await begin(deps, run, signal);
  switch (begun.kind) {
    case 'not_current':
      return begun;
    case 'replied':
      return { kind: 'reply', sha256: begun.sha256 };
    case 'mismatch':
      return mismatched(deps, run);
    case 'wait':
      return wait(deps, run, begun);
    case 'call':
      deps.notifier.changed([run.subject]);
      return call(deps, run, begun, context, signal);
  }
}

/** A ledger that is away is asked again by the next attempt. */
function begin(deps: ActivityDeps, run: RunKey, signal: AbortSignal): Promise<AttemptStart> {
  const note = { job_id: generationIdOf(run), run_no: run.runNo, step: 'begin' };
  return persist(() => beginAttempt(deps.db, run, deps.worker), { deadlineAt: 0, signal, log: deps.log, note });
}

async function mismatched(deps: ActivityDeps, run: RunKey): Promise<AgentRead> {
  const ended = await endMismatch(deps.db, run);
  deps.notifier.changed([run.subject], { gate: true });
  return { kind: 'not_current', reason: ended.reason };
}

async function wait(
  deps: ActivityDeps,
  run: RunKey,
  held: Extract<AttemptStart, { kind: 'wait' }>,
): Promise<AgentRead> {
  if (held.why === 'in_the_air') {
    throw failureFrom(new AppError('job_active', 'An earlier attempt of this job is still being read.'), IN_THE_AIR_MS);
  }
  if (held.why === 'parked') {
    await park(deps.db, run);
    return PARKED;
  }
  await deferJob(deps.db, run, { phase: 'paused', delayMs: PAUSED_MS });
  const code = held.cap.reason === BUDGET_EXHAUSTED ? 'budget_exhausted' : 'queue_paused';
  throw failureFrom(new AppError(code, `The job waits for ${waitForCap(held.cap)}.`), PAUSED_MS);
}

/** Its run ends; the gate starts another one when the agent has recovered. */
const PARKED: AgentRead = { kind: 'not_current', reason: 'the job is parked until the agent recovers' };

async function call(
  deps: ActivityDeps,
  run: RunKey,
  begun: Call,
  context: Context,
  signal: AbortSignal,
): Promise<AgentRead> {
  const { attempt } = begun;
  const note = { job_id: generationIdOf(run), run_no: run.runNo, attempt };
  const deadlineAt =
    context.info.currentAttemptScheduledTimestampMs + context.info.startToCloseTimeoutMs - PERSIST.marginMs;
  const told = { deadlineAt, signal, log: deps.log, note };
  const type = deps.db.kinds.of(run.kind);
  const calledAt = Date.now();
  try {
    const bytes = await ask(type, deps, run, begun, signal);
    const reply = { bytes, agentMs: Date.now() - calledAt, cost: costOf(bytes, deps.prices) };
    const refusal = type.refusalOf(bytes, run.subject);
    if (refusal) {
      await persist(() => keepRefusedReply(deps.db, run, attempt, { ...reply, code: refusal.code }), told);
      throw refusal;
    }
    const sha256 = await persist(() => storeReply(deps.db, run, attempt, reply), told);
    deps.notifier.changed([run.subject]);
    deps.log.info({ ...note, agent_ms: reply.agentMs }, 'agent.replied');
    return { kind: 'reply', sha256 };
  } catch (error) {
    if (signal.aborted) return aborted(deps, run, told, context);
    if (error instanceof LostCall) throw await handBack(deps, run, told, error);
    const met = toAppError(error);
    const breaker = await persist(() => noteFailure(deps.db, run, met), told);
    const plan = planRetry(met, begun, breaker);
    const { next } = plan;
    const { code, message } = plan.error;
    const isParked = next?.phase === 'parked';
    const retryMs = next && 'delayMs' in next ? next.delayMs : undefined;
    deps.log.warn({ ...note, code, breaker, retry_in_ms: retryMs, ...causeFields(error) }, 'agent.failed');
    const failed = { code, message, charged: plan.charged, cause: plan.cause };
    await persist(() => failAttempt(deps.db, run, attempt, failed, next), told);
    deps.notifier.changed([run.subject], { gate: true });
    if (isParked) return PARKED;
    throw failureFrom(plan.error, retryMs);
  }
}

function ask(type: JobType, deps: ActivityDeps, run: RunKey, begun: Call, signal: AbortSignal): Promise<Uint8Array> {
  const job = { ...run, userId: begun.userId, params: type.params.parse(begun.params) };
  const idempotencyKey = callKeyOf(run, deps.ledgerId);
  return type.call(job, deps, { idempotencyKey, deadlineMs: deps.attemptTimeoutMs, signal });
}

/** The call was cut off on purpose: by a cancel, by a person's pause, or because this worker stops. */
async function aborted(
  deps: ActivityDeps,
  run: RunKey,
  told: Persistence & { readonly note: { readonly attempt: number } },
  context: Context,
): Promise<AgentRead> {
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

  if (why?.paused !== true) {
    const stopped = new AppError('agent_unavailable', 'The worker stopped; another one takes over.');
    throw await handBack(deps, run, told, stopped);
  }
  await handBack(deps, run, told, new AppError('queue_paused', 'A person paused the activity in Temporal.'), 'paused');
  throw new CancelledFailure('the activity was paused');
}

/** The attempt ends uncharged. @returns what has Temporal make the next one at once */
async function handBack(
  deps: ActivityDeps,
  run: RunKey,
  told: Persistence & { readonly note: { readonly attempt: number } },
  error: AppError,
  phase: 'backoff' | 'paused' = 'backoff',
): Promise<TemporalFailure> {
  const end = { code: error.code, message: error.message, charged: false };
  await persist(() => failAttempt(deps.db, run, told.note.attempt, end, { phase, delayMs: 0 }), told);
  return failureFrom(error, 1);
}
