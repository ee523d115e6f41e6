import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRetry, type RetryPlan } from '../../activities/retry-plan.ts';
import { AppError, ERRORS, type ErrorCode } from '../../src/contract/errors.ts';
import { BACKOFF, MAX_CHARGED_ATTEMPTS, MAX_RETRY_AFTER_MS } from '../../src/contract/policies.ts';
import type { BreakerState } from '../../src/ledger/breaker/breaker.ts';

const first = { attemptsCharged: 0, lastError: null };
const plan = (
  code: ErrorCode,
  before: { attemptsCharged: number; lastError: string | null } = first,
  breaker: BreakerState = 'closed',
) => planRetry(new AppError(code, 'it failed'), before, breaker, () => 0.5);
const delayOf = ({ next }: RetryPlan) => (next && 'delayMs' in next ? next.delayMs : undefined);

describe('what follows a failed attempt', () => {
  it('[Q16] an agent that cannot be reached, or asks to wait, is left to the breaker, uncharged', () => {
    for (const code of ['agent_unavailable', 'agent_rate_limited'] as const) {
      for (const breaker of ['opened', 'probe', 'open'] as const) {
        const { charged, next } = plan(code, { attemptsCharged: 4, lastError: code }, breaker);
        expect({ charged, next }).toEqual({ charged: false, next: { phase: 'parked' } });
      }
    }
  });

  it('[Q16] a call that was under way when the breaker opened is not charged, whatever it met and however often before', () => {
    for (const code of ['agent_error', 'agent_timeout', 'agent_bad_response', 'agent_mismatch'] as const) {
      const before = { attemptsCharged: MAX_CHARGED_ATTEMPTS - 1, lastError: code };
      expect(plan(code, before, 'open')).toMatchObject({ charged: false, next: { phase: 'parked' } });
    }
  });

  it('[Q16] the failure that opens the breaker, and that of a probe, count against the job, which ends when none is left', () => {
    for (const breaker of ['opened', 'probe'] as const) {
      expect(plan('agent_error', first, breaker)).toMatchObject({ charged: true, next: { phase: 'parked' } });
      const last = plan('agent_error', { attemptsCharged: MAX_CHARGED_ATTEMPTS - 1, lastError: null }, breaker);
      expect(last).toMatchObject({ charged: true, next: undefined, error: { code: 'attempts_exhausted' } });
    }
  });

  it('[Q8] an agent that asks to wait is never asked sooner, and that is uncharged', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (seconds, random) => {
          const plan = planRetry(
            new AppError('ledger_unavailable', 'wait', { retryAfterS: seconds }),
            first,
            'closed',
            () => random,
          );
          expect(plan.charged).toBe(false);
          expect(delayOf(plan)).toBeGreaterThanOrEqual(Math.min(seconds * 1000, MAX_RETRY_AFTER_MS));
        },
      ),
    );
  });

  it('errors are charged and back off by twos, with jitter, until five are used up', () => {
    const delays = [0, 1, 2, 3].map((attemptsCharged) =>
      delayOf(plan('agent_error', { attemptsCharged, lastError: null })),
    );
    expect(delays).toEqual([2_000, 4_000, 8_000, 16_000]);
    const last = plan('agent_error', { attemptsCharged: MAX_CHARGED_ATTEMPTS - 1, lastError: 'agent_error' });
    expect(last.next).toBeUndefined();
    expect(last.error.code).toBe('attempts_exhausted');
    expect(last.cause).toBe('agent_error');
    expect(last.error.message).toContain('agent_error');
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (random) => {
        const spread = planRetry(new AppError('agent_timeout', 'x'), first, 'closed', () => random);
        expect(Math.abs((delayOf(spread) ?? 0) - BACKOFF.firstMs)).toBeLessThanOrEqual(
          BACKOFF.firstMs * BACKOFF.jitter + 1,
        );
      }),
    );
  });

  it('an unusable answer is asked for once more, not twice', () => {
    expect(plan('agent_bad_response').next).toBeDefined();
    const again = plan('agent_bad_response', { attemptsCharged: 1, lastError: 'agent_bad_response' });
    expect(again.next).toBeUndefined();
    expect(again.error.code).toBe('agent_bad_response');
  });

  it('a refusal ends the job at once', () => {
    for (const code of ['agent_rejected', 'agent_mismatch', 'image_unreadable'] as const) {
      expect(plan(code).next, code).toBeUndefined();
    }
  });

  it('the table charges only what the agent itself got wrong', () => {
    const charged = Object.entries(ERRORS)
      .filter(([, row]) => row.charges)
      .map(([code]) => code);
    expect(charged.sort()).toEqual([
      'agent_bad_response',
      'agent_error',
      'agent_mismatch',
      'agent_rejected',
      'agent_timeout',
    ]);
  });
});
