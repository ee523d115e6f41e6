/** Who follows a signal: one listener for all of them, however many calls run at once. */
const followers = new WeakMap<AbortSignal, Set<AbortController>>();

/**
 * A signal that follows others until it is released. `AbortSignal.any` with a signal that lives as long as the process
 * would keep something of every call there ever was.
 */
export function eitherSignal(...signals: readonly (AbortSignal | undefined)[]): {
  readonly signal: AbortSignal;
  readonly release: () => void;
} {
  const controller = new AbortController();
  const followed = signals.flatMap((signal) => (signal === undefined ? [] : [followersOf(signal, controller)]));
  const release = () => {
    for (const set of followed) set.delete(controller);
  };
  return { signal: controller.signal, release };
}

function followersOf(signal: AbortSignal, controller: AbortController): Set<AbortController> {
  const known = followers.get(signal);
  const set = known ?? new Set();
  if (signal.aborted) controller.abort(signal.reason);
  else set.add(controller);
  if (!known) {
    followers.set(signal, set);
    signal.addEventListener('abort', () => abortAll(set, signal.reason), { once: true });
  }
  return set;
}

function abortAll(set: Set<AbortController>, reason: unknown): void {
  for (const controller of set) controller.abort(reason);
  set.clear();
}
