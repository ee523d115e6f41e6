import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRetry } from '../../activities/retry-plan.ts';
import { AppError, ERRORS, type ErrorCode } from '../../src/contract/errors.ts';
import { BACKOFF, MAX_CHARGED_ATTEMPTS, MAX_RETRY_AFTER_MS, PARK_MS } from '../../src/contract/policies.ts';

const first = { attemptsCharged: 0, lastError: null };
const plan = (
  code: ErrorCode,
  before: { attemptsCharged: number; lastError: string | null } = first,
  retryAfterS?: number,
) => planRetry(new AppError(code, 'it failed', retryAfterS === undefined ? {} : { retryAfterS }), before, () => 0.5);

describe('what follows a failed attempt', () => {
  it('an agent that cannot be reached is asked again within 10 s, uncharged, for ever', () => {
    const { charged, next } = plan('agent_unavailable', { attemptsCharged: 4, lastError: 'agent_unavailable' });
    expect(charged).toBe(false);
    expect(next?.phase).toBe('parked');
    expect(next?.delayMs).toBeLessThanOrEqual(PARK_MS);
  });

  it('an agent that asks to wait is never asked sooner, and that is uncharged', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (seconds, random) => {
          const { charged, next } = planRetry(
            new AppError('agent_rate_limited', 'wait', { retryAfterS: seconds }),
            first,
            () => random,
          );
          expect(charged).toBe(false);
          expect(next?.delayMs).toBeGreaterThanOrEqual(Math.min(seconds * 1000, MAX_RETRY_AFTER_MS));
        },
      ),
    );
  });

  it('errors are charged and back off by twos, with jitter, until five are used up', () => {
    const delays = [0, 1, 2, 3].map(
      (attemptsCharged) => plan('agent_error', { attemptsCharged, lastError: null }).next?.delayMs,
    );
    expect(delays).toEqual([2_000, 4_000, 8_000, 16_000]);
    const last = plan('agent_error', { attemptsCharged: MAX_CHARGED_ATTEMPTS - 1, lastError: 'agent_error' });
    expect(last.next).toBeUndefined();
    expect(last.error.code).toBe('attempts_exhausted');
    expect(last.cause).toBe('agent_error');
    expect(last.error.message).toContain('agent_error');
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (random) => {
        const { next } = planRetry(new AppError('agent_timeout', 'x'), first, () => random);
        expect(Math.abs((next?.delayMs ?? 0) - BACKOFF.firstMs)).toBeLessThanOrEqual(
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
