import { Context } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import {
  BACKOFF,
  CALL_AGENT,
  GIVE_UP_AFTER_S,
  LEDGER_STEP,
  MAX_CHARGED_ATTEMPTS,
  MAX_RETRY_AFTER_MS,
} from '../../src/contract/policies.ts';
import { useSkippedTime } from '../support/skipped-time.ts';
import { agentFails, awayFor, failing, HEALTHY, type StepCall, waitedMs } from '../support/steps.ts';

const time = useSkippedTime();

const HEALTHY_EVENTS = 14;
/** What one step that waits adds: the activity's three events, and the workflow task that takes its answer. */
const WAIT_EVENTS = 6;
const HOUR_MS = 3_600_000;
const HALF_HOUR_MS = HOUR_MS / 2;

const attemptsOf = (calls: readonly StepCall[], step: string) => calls.filter((call) => call.step === step);

describe('[I1] a ledger that is away', () => {
  it('for 72 hours while the result is to be saved costs neither the job nor a second reading', async () => {
    // Asked every ten minutes only: at the policy's pace it would be 26,000 attempts, one like the other.
    const saveResult = awayFor(72 * HOUR_MS, HEALTHY.saveResult, { askedEveryMs: 600_000 });
    const run = await time.run({ ...HEALTHY, saveResult });
    expect(run).toMatchObject({ status: 'COMPLETED', outcome: { outcome: 'finished' } });
    expect(run.steps).toEqual(['processing', 'callAgent', 'saveResult']);
    expect(attemptsOf(run.calls, 'callAgent')).toHaveLength(1);
    expect(run.calls.at(-1)?.waitedMs).toBeGreaterThanOrEqual(72 * HOUR_MS);
    expect(run.events.length).toBeLessThanOrEqual(HEALTHY_EVENTS + WAIT_EVENTS);
  });

  it('for half an hour at each step is asked every 10 s, and adds the same few events each time', async () => {
    const run = await time.run({
      updateStatus: awayFor(HALF_HOUR_MS, HEALTHY.updateStatus),
      callAgent: HEALTHY.callAgent,
      saveResult: awayFor(HALF_HOUR_MS, HEALTHY.saveResult),
    });
    expect(run).toMatchObject({ status: 'COMPLETED', outcome: { outcome: 'finished' } });
    expect(run.steps).toEqual(['processing', 'callAgent', 'saveResult']);
    expect(attemptsOf(run.calls, 'callAgent')).toHaveLength(1);
    for (const step of ['processing', 'saveResult']) {
      const asked = attemptsOf(run.calls, step).filter(({ isLocal }) => !isLocal);
      const waits = asked.slice(1).map((call, n) => call.waitedMs - (asked[n]?.waitedMs ?? 0));
      // Four short ones at first: 1, 2, 4 and 8 s.
      expect(Math.min(...waits.slice(4))).toBeGreaterThanOrEqual(LEDGER_STEP.normal.maxRetryMs);
      expect(asked.length).toBeGreaterThan(HALF_HOUR_MS / LEDGER_STEP.normal.maxRetryMs / 2);
    }
    expect(run.events.length).toBeLessThanOrEqual(HEALTHY_EVENTS + 2 * WAIT_EVENTS);
  });

  it('when the job is to end as failed, is waited for until the end is written', async () => {
    const run = await time.run({
      ...HEALTHY,
      callAgent: async () => agentFails(new AppError('agent_rejected', 'The agent refused the receipt (HTTP 422).')),
      updateStatus: (args) =>
        args.status === 'processing' ? HEALTHY.updateStatus(args) : awayFor(HALF_HOUR_MS, HEALTHY.updateStatus)(args),
    });
    expect(run).toMatchObject({ status: 'FAILED', outcome: 'agent_rejected' });
    expect(run.steps).toEqual(['processing', 'callAgent', 'failed']);
    expect(run.calls.at(-1)?.waitedMs).toBeGreaterThanOrEqual(HALF_HOUR_MS);
    expect(run.events.length).toBeLessThanOrEqual(HEALTHY_EVENTS + WAIT_EVENTS);
  });
});

describe('an agent that asks to wait', () => {
  const limited = () => new AppError('agent_rate_limited', 'The agent asks to wait.', { retryAfterS: 600 });

  it('[Q8] for 600 s is called again no sooner, and not much later', async () => {
    const run = await time.run({
      ...HEALTHY,
      callAgent: async (args) => (waitedMs() === 0 ? agentFails(limited()) : HEALTHY.callAgent(args)),
    });
    expect(run.outcome).toEqual({ outcome: 'finished' });
    const [first, second, ...more] = attemptsOf(run.calls, 'callAgent');
    expect([first?.attempt, second?.attempt, more]).toEqual([1, 2, []]);
    expect(second?.waitedMs).toBeGreaterThanOrEqual(600_000);
    expect(second?.waitedMs).toBeLessThan(600_000 * (1 + BACKOFF.jitter) + 1_000);
    expect(run.events.length).toBeLessThanOrEqual(HEALTHY_EVENTS);
  });

  it('[I5] for 72 hours is waited for until the ledger gives the job up; the run then ends without a word', async () => {
    const reason = 'the job is failed';
    const run = await time.run({
      ...HEALTHY,
      callAgent: async () =>
        waitedMs() < GIVE_UP_AFTER_S * 1_000 ? agentFails(limited()) : { kind: 'not_current', reason },
    });
    expect(run).toMatchObject({ status: 'COMPLETED', outcome: { outcome: 'not_current', reason } });
    expect(run.steps).toEqual(['processing', 'callAgent']);
    expect(run.calls.length).toBeLessThanOrEqual(2 + (GIVE_UP_AFTER_S * 1_000) / MAX_RETRY_AFTER_MS);
    expect(run.events.length).toBeLessThanOrEqual(HEALTHY_EVENTS);
  });
});

describe('an agent that fails', () => {
  it('is called five times, each wait twice the one before, and the job ends with the last failure', async () => {
    const run = await time.run({
      ...HEALTHY,
      callAgent: async () =>
        agentFails(new AppError('agent_error', 'The agent failed (HTTP 500).'), Context.current().info.attempt - 1),
    });
    expect(run).toMatchObject({ status: 'FAILED', outcome: 'attempts_exhausted' });
    expect(run.steps).toEqual(['processing', 'callAgent', 'failed']);
    const calls = attemptsOf(run.calls, 'callAgent');
    expect(calls).toHaveLength(MAX_CHARGED_ATTEMPTS);
    const waits = calls.slice(1).map((call, n) => call.waitedMs - (calls[n]?.waitedMs ?? 0));
    for (const [n, wait] of waits.entries()) {
      const planned = BACKOFF.firstMs * BACKOFF.factor ** n;
      expect(wait).toBeGreaterThanOrEqual(planned * (1 - BACKOFF.jitter));
      expect(wait).toBeLessThan(planned * (1 + BACKOFF.jitter) + 1_000);
    }
    expect(run.events.length).toBeLessThanOrEqual(HEALTHY_EVENTS);
  });
});

describe('a run', () => {
  it('that meets nothing takes at most 14 events, and each step once', async () => {
    const run = await time.run(HEALTHY);
    expect(run.outcome).toEqual({ outcome: 'finished' });
    expect(run.calls.map(({ step, isLocal }) => [step, isLocal])).toEqual([
      ['processing', true],
      ['callAgent', false],
      ['saveResult', true],
    ]);
    expect(run.events.length).toBeLessThanOrEqual(HEALTHY_EVENTS);
  });

  it('gives the agent the time limit that the first step answered, and a margin', async () => {
    const run = await time.run({
      ...HEALTHY,
      updateStatus: async () => ({ current: true, attemptTimeoutMs: 77_000 }),
    });
    const [scheduled] = run.events.flatMap(({ activityTaskScheduledEventAttributes: each }) => each ?? []);
    expect(Number(scheduled?.startToCloseTimeout?.seconds)).toBe((77_000 + CALL_AGENT.startToCloseMarginMs) / 1_000);
    expect(Number(scheduled?.heartbeatTimeout?.seconds)).toBe(CALL_AGENT.heartbeatTimeoutMs / 1_000);
  });

  it('that is not current ends at the first step that says so, quietly', async () => {
    const notCurrent = { current: false, reason: 'run 2 is current' } as const;
    const begun = await time.run({ ...HEALTHY, updateStatus: async () => notCurrent });
    const saved = await time.run({ ...HEALTHY, saveResult: async () => notCurrent });
    for (const run of [begun, saved]) {
      expect(run).toMatchObject({
        status: 'COMPLETED',
        outcome: { outcome: 'not_current', reason: notCurrent.reason },
      });
    }
    expect(begun.steps).toEqual(['processing']);
    expect(saved.steps).toEqual(['processing', 'callAgent', 'saveResult']);
  });

  it('[I5] whose result the database refuses for good is ended after one try, and not tried again', async () => {
    const refused = () => new AppError('result_not_storable', 'The database refuses the result.');
    const run = await time.run({ ...HEALTHY, saveResult: failing(refused) });
    expect(run).toMatchObject({ status: 'FAILED', outcome: 'result_not_storable' });
    expect(run.calls.map(({ step }) => step)).toEqual(['processing', 'callAgent', 'saveResult', 'failed']);
    expect(run.events.length).toBeLessThanOrEqual(HEALTHY_EVENTS + 1);
  });

  it('[I5] whose step fails by a fault of our own is ended after a few tries', async () => {
    const run = await time.run({ ...HEALTHY, saveResult: failing(() => new TypeError('x is undefined')) });
    expect(run).toMatchObject({ status: 'FAILED', outcome: 'internal' });
    const tries = attemptsOf(run.calls, 'saveResult');
    expect(tries.filter(({ isLocal }) => isLocal)).toHaveLength(LEDGER_STEP.local.tries);
    expect(tries.filter(({ isLocal }) => !isLocal)).toHaveLength(LEDGER_STEP.ownTries);
    expect(run.events.length).toBeLessThanOrEqual(HEALTHY_EVENTS + WAIT_EVENTS + 1);
  });
});
