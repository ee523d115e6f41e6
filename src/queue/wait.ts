import type { Notifier } from '../ledger/notify.ts';

/** A lost notification costs at most this. */
const LOOK_AGAIN_MS = 2_000;

/**
 * Looks until it sees what it waits for. Between looks it sleeps until something changed for one of the receipts.
 * @param look reads the present state; `done` ends the wait
 * @param waitMs 0 = look once
 * @returns the last look, also when the time is over or the caller has gone
 */
export async function waitUntil<T>(
  notifier: Notifier,
  receiptIds: readonly number[],
  look: () => Promise<T>,
  done: (seen: T) => boolean,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (waitMs <= 0) return look();
  let wake: () => void = () => {};
  let changed = false;
  // Subscribed before the first look, so that no change falls between them.
  const unsubscribe = notifier.subscribe((change) => {
    if (change.receipts !== null && !receiptIds.some((id) => change.receipts?.has(id))) return;
    changed = true;
    wake();
  });
  const onAbort = () => wake();
  signal?.addEventListener('abort', onAbort);
  const endsAt = Date.now() + waitMs;
  try {
    for (;;) {
      changed = false;
      const seen = await look();
      const leftMs = endsAt - Date.now();
      if (done(seen) || leftMs <= 0 || signal?.aborted) return seen;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(leftMs, LOOK_AGAIN_MS));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (changed || signal?.aborted) wake();
      });
    }
  } finally {
    unsubscribe();
    signal?.removeEventListener('abort', onAbort);
  }
}
