/**
 * Runs `work` with a signal that fires with the first of `sources`. When the work ends nothing is left on them:
 * `AbortSignal.any` leaves a trace on a signal that lives as long as the process, one for every call.
 * @param sources those that are undefined never fire
 */
export async function withSignals<T>(
  sources: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const joined = new AbortController();
  const listeners = sources.flatMap((source) => {
    if (source === undefined) return [];
    const onAbort = () => joined.abort(source.reason);
    if (source.aborted) onAbort();
    else source.addEventListener('abort', onAbort);
    return [{ source, onAbort }];
  });
  try {
    return await work(joined.signal);
  } finally {
    for (const { source, onAbort } of listeners) source.removeEventListener('abort', onAbort);
  }
}
