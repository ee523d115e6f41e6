import { expect, it } from 'vitest';
import { BACKOFF, MAX_CHARGED_ATTEMPTS } from '../../src/contract/policies.ts';
import { useAttempts } from './support/attempts.ts';

const bench = useAttempts();

it('[Q8] five charged attempts, then it is over and says what the last one met', async () => {
  const run = await bench.handedOver();
  for (let nth = 1; nth <= MAX_CHARGED_ATTEMPTS; nth++) {
    const { outcome } = bench.attempt(run);
    await bench.untilCalls(run, nth);
    bench.answer(run, 500);
    const failure = (await outcome) as { type: string; nonRetryable: boolean; nextRetryDelay?: number };
    expect(await bench.job(run)).toMatchObject({ attempts: nth, attempts_charged: nth });
    if (nth === MAX_CHARGED_ATTEMPTS) {
      expect(failure).toMatchObject({ type: 'attempts_exhausted', nonRetryable: true });
      break;
    }
    expect(failure).toMatchObject({ type: 'agent_error', nonRetryable: false });
    const planned = BACKOFF.firstMs * BACKOFF.factor ** (nth - 1);
    expect(Math.abs((failure.nextRetryDelay ?? 0) - planned)).toBeLessThanOrEqual(planned * BACKOFF.jitter + 1);
    expect(await bench.job(run)).toMatchObject({
      status: 'deferred',
      phase: 'backoff',
      error: { code: 'agent_error' },
    });
  }
  await bench.endAs(run, { status: 'failed', code: 'attempts_exhausted', message: '' });
  const failed = await bench.job(run);
  expect(failed).toMatchObject({ status: 'failed', error: { code: 'attempts_exhausted' } });
  expect(failed.exc_info).toContain('agent_error');
  expect(bench.callsOf(run)).toHaveLength(MAX_CHARGED_ATTEMPTS);
});
