import { causeText, faultOf } from '../contract/cause.ts';
import type { AppError } from '../contract/errors.ts';
import type { Log } from '../ports.ts';

/**
 * Tells the log of an error that a caller is answered with: a fault of ours with where it was met, and what lies behind the
 * server with its cause. What the caller did wrong is between us and them.
 */
export function noteError(log: Log, requestId: string, error: AppError): void {
  if (error.code === 'internal') log.error({ requestId, ...faultOf(error) }, 'http.failed');
  else if (error.cause !== undefined) {
    log.warn({ requestId, code: error.code, cause: causeText(error) }, 'http.refused');
  }
}
