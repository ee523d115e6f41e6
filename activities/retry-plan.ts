import { AppError, ERRORS, type ErrorCode } from '../src/contract/errors.ts';
import { BACKOFF, MAX_CHARGED_ATTEMPTS, MAX_RETRY_AFTER_MS, PAUSED_MS } from '../src/contract/policies.ts';
import type { NextAttempt } from '../src/ledger/attempts.ts';
import type { BreakerState } from '../src/ledger/breaker/breaker.ts';

/** What follows a failed attempt. */
export interface RetryPlan {
  /** The attempt counts against the job's attempts. */
  readonly charged: boolean;
  /** What ends the job, or what it shows while it waits. */
  readonly error: AppError;
  /** What the last attempt met, where `error` only says that all have failed. */
  readonly cause?: ErrorCode;
  /** undefined = no further attempt. */
  readonly next: Extract<NextAttempt, { phase: 'backoff' | 'parked' }> | undefined;
}

/**
 * The error table's rule, applied to how the breaker stands: while it is open no job waits by itself, and neither a call
 * that was under way when it opened is charged nor most of its probes.
 * @param attemptsCharged before this attempt
 * @param lastError of the attempt before
 * @param random in [0, 1): spreads back-off so that failures do not come back as one wave
 */
export function planRetry(
  error: AppError,
  { attemptsCharged, lastError }: { attemptsCharged: number; lastError: string | null },
  breaker: BreakerState,
  random: () => number = Math.random,
): RetryPlan {
  if (breaker === 'open') return { charged: false, error, next: PARKED };
  const plan = planAlone(error, { attemptsCharged, lastError }, random);
  return breaker === 'closed' || plan.next === undefined ? plan : { ...plan, next: PARKED };
}

const PARKED = { phase: 'parked' } as const;

function planAlone(
  error: AppError,
  { attemptsCharged, lastError }: { attemptsCharged: number; lastError: string | null },
  random: () => number,
): RetryPlan {
  const { retry, charges: charged } = ERRORS[error.code];
  const spread = (ms: number) => Math.round(ms * (1 + BACKOFF.jitter * (2 * random() - 1)));
  const used = attemptsCharged + (charged ? 1 : 0);
  const backOff = (): RetryPlan => {
    if (used >= MAX_CHARGED_ATTEMPTS) return exhausted(error, used);
    const delayMs = Math.min(BACKOFF.maxMs, BACKOFF.firstMs * BACKOFF.factor ** Math.max(0, used - 1));
    return { charged, error, next: { phase: 'backoff', delayMs: spread(delayMs) } };
  };

  switch (retry) {
    case 'never':
      return { charged, error, next: undefined };
    case 'once':
      return lastError === error.code ? { charged, error, next: undefined } : backOff();
    case 'backoff':
      return backOff();
    case 'after': {
      const delayMs = Math.min(MAX_RETRY_AFTER_MS, (error.retryAfterS ?? PAUSED_MS / 1000) * 1000);
      // Never sooner than asked; a little later, so that a limit does not meet one wave.
      const later = Math.round(delayMs * (1 + BACKOFF.jitter * random()));
      return { charged, error, next: { phase: 'backoff', delayMs: later } };
    }
    case 'park':
      return { charged, error, next: PARKED };
  }
}

function exhausted(error: AppError, used: number): RetryPlan {
  return {
    charged: true,
    error: new AppError(
      'attempts_exhausted',
      `All ${used} attempts failed; the last with ${error.code}: ${error.message}`,
    ),
    cause: error.code,
    next: undefined,
  };
}
