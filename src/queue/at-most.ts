/**
 * Runs at most `limit` works at once; the others wait in the order in which they came.
 * @param limit 1 or more
 */
export function atMost(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const line: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => line.push(resolve));
    running++;
    try {
      return await work();
    } finally {
      running--;
      line.shift()?.();
    }
  };
}
