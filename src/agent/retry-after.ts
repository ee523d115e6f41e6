import { MAX_RETRY_AFTER_MS } from '../contract/policies.ts';

/** What an agent that asks to wait without a usable time gets. */
const DEFAULT_S = 10;

/**
 * Reads a `Retry-After` header: seconds, or an HTTP date.
 * @returns seconds from now, at least 1 and at most ten minutes; 10 when the header says nothing usable
 */
export function retryAfterS(header: string | undefined, nowMs: number): number {
  const text = header?.trim() ?? '';
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1000;
  if (!Number.isFinite(seconds) || seconds < 0) return DEFAULT_S;
  return Math.min(MAX_RETRY_AFTER_MS / 1000, Math.max(1, Math.ceil(seconds)));
}
