import { MAX_RETRY_AFTER_MS } from '../contract/policies.ts';
import { readRetryAfter } from '../contract/retry-after.ts';

/** What an agent that asks to wait without a usable time gets. */
const DEFAULT_S = 10;
const BOUNDS = { min: 1, max: MAX_RETRY_AFTER_MS / 1000 } as const;

/**
 * Reads the `Retry-After` header of an agent.
 * @returns seconds from now, at least 1 and at most ten minutes; 10 when the header says nothing usable
 */
export function retryAfterS(header: string | undefined, nowMs: number): number {
  return readRetryAfter(header, nowMs, BOUNDS) ?? DEFAULT_S;
}
