import type { EmbeddedQueue } from './embedded-queue.ts';
import type { OwnerRecord } from './owner-file.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
// npm passes Ctrl-C on to a child that the terminal has already told: the two arrive together and mean one wish.
const sameWishMs = 1_000;

/**
 * Runs a queue in this terminal: starts it, does the work, stops it, whatever happens in between. The first signal
 * stops in order, a later one quickly.
 * @param work gets the addresses and a signal that is aborted when somebody wants to stop
 * @returns the work's result, or `undefined` when it was stopped before or during the work
 */
export async function runInForeground<T>(
  queue: EmbeddedQueue,
  say: (line: string) => void,
  work: (running: OwnerRecord, stop: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const stop = new AbortController();
  let wishedAt = 0;
  const onSignal = () => {
    if (!stop.signal.aborted) {
      wishedAt = Date.now();
      say('Stopping: what runs is finished or handed back. Once more for a quick stop.');
      stop.abort();
    } else if (Date.now() - wishedAt > sameWishMs) {
      say('Stopping at once.');
      queue.hurry();
    }
  };
  const onCrash = (error: unknown) => {
    crash ??= { error };
    say(`Something went wrong in here: ${error instanceof Error ? error.stack : String(error)}`);
    stop.abort();
  };
  let crash: { error: unknown } | undefined;
  // A terminal that was closed can no longer be written to; that must not stop us from stopping.
  const onBrokenPipe = () => undefined;

  for (const signal of signals) process.on(signal, onSignal);
  process.on('uncaughtException', onCrash);
  process.stdout.on('error', onBrokenPipe);
  process.stderr.on('error', onBrokenPipe);
  try {
    const stopped = new Promise<undefined>((resolve) => {
      stop.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const done = queue.start().then((running) => work(running, stop.signal));
    // When stopped, the work's own end (mostly a broken request) is no news.
    done.catch(() => undefined);
    const result = await Promise.race([done, stopped]);
    if (crash) throw crash.error;
    return result;
  } finally {
    await queue.stop();
    for (const signal of signals) process.off(signal, onSignal);
    process.off('uncaughtException', onCrash);
  }
}
