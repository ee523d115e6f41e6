import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until the answer is yes. @throws the signal's reason when it is aborted */
export async function until(isSo: () => Promise<boolean>, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!(await isSo())) await delay(everyMs, undefined, { signal });
}
