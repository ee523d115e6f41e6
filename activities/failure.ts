import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { type AppError, toAppError } from '../src/contract/errors.ts';
import { generationIdOf, type RunKey } from '../src/contract/job.ts';
import { LEDGER_STEP } from '../src/contract/policies.ts';
import { causeFields } from '../src/ledger/connection/refusal.ts';
import type { Log } from '../src/ports.ts';

/**
 * The Temporal mapper of the error table: the type is the code, the message is the safe one. Back-off comes with the
 * failure, so Temporal's own exponent never counts attempts that are not charged.
 * @param retryInMs undefined = Temporal must not retry
 */
export function failureFrom(error: AppError, retryInMs: number | undefined): ApplicationFailure {
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    ...(retryInMs === undefined ? { nonRetryable: true } : { nextRetryDelay: Math.max(1, Math.round(retryInMs)) }),
  });
}

/**
 * For the short ledger steps. A database that is away is waited for. A lasting refusal is final at once, a fault of
 * our own after a few tries, so no job can hold its slot without end.
 * @param step `endless`: an end that is not written leaves the job without one, so it is tried as long as it takes
 */
export async function asLedgerStep<T>(
  log: Log,
  step: { name: string; run: RunKey; endless?: boolean },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { attempt, isLocal } = Context.current().info;
    const { code, message } = toAppError(error);
    // Local tries are few by the workflow's own policy; those that follow are counted anew.
    const isOurs = code !== 'ledger_unavailable' && !step.endless && !isLocal && attempt >= LEDGER_STEP.ownTries;
    const nonRetryable = code === 'result_not_storable' || isOurs;
    if (nonRetryable || attempt === 2 || attempt % LEDGER_STEP.logEvery === 0) {
      const ids = { job_id: generationIdOf(step.run), run_no: step.run.runNo };
      log.warn({ ...ids, step: step.name, code, tries: attempt, ...causeFields(error) }, 'ledger.step_failed');
    }
    throw ApplicationFailure.create({ type: code, message, nonRetryable });
  }
}
