import { ApplicationFailure } from '@temporalio/common';
import { type AppError, toAppError } from '../src/contract/errors.ts';

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

/** For the short ledger steps: their retry policy decides when, the table what. */
export async function asLedgerStep<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = toAppError(error);
    throw ApplicationFailure.create({ type: code, message });
  }
}
