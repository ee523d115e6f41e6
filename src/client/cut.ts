import { type AppError, isAppError } from '../contract/errors.ts';
import { NOT_REACHED } from '../contract/not-reached.ts';

/** What a proxy answers while the queue behind it restarts or takes longer than the proxy likes. */
const GATEWAY_STATUSES: readonly number[] = [502, 503, 504];

/** The code of a connection that was not made in time, of a sender of ours. */
export const CONNECT_TIMED_OUT = 'CONNECT_TIMED_OUT';

/** Errors of a connection that was never made, a socket that is not there included: the queue cannot have seen the call. */
const NOT_CONNECTED: ReadonlySet<unknown> = new Set([...NOT_REACHED, 'ENOENT', CONNECT_TIMED_OUT]);

/** The cause of an error that a proxy's answer stands for. */
export class GatewayAnswer extends Error {}

export function isGatewayStatus(status: number): boolean {
  return GATEWAY_STATUSES.includes(status);
}

/** Was the answer lost on its way? What answers but is no queue is another thing: it will not become one. */
export function isLost(error: unknown): boolean {
  return isAppError(error) && error.code === 'queue_unreachable' && error.cause !== undefined;
}

/** Can the same question be answered in a moment: after a lost answer, while the queue or its database restarts? */
export function isCut(error: unknown): boolean {
  if (isLost(error)) return true;
  return isAppError(error) && (error.code === 'ledger_unavailable' || isStarting(error));
}

function isStarting({ code, retryAfterS }: AppError): boolean {
  return code === 'queue_unreachable' && retryAfterS !== undefined;
}

/** Is it certain that the queue never saw the call? */
export function neverArrived(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if ('code' in cause && NOT_CONNECTED.has(cause.code)) return true;
  }
  return false;
}
