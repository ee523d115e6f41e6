/**
 * Runs at most `limit` works at once; the others wait in the order in which they came.
 * @param limit 1 or more
 */
export function atMost(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const line: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    // Anyone who ends hands over to the next in line, so that nobody slips in between.
    if (running >= limit) await new Promise<void>((resolve) => line.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next) next();
      else running--;
    }
  };
}
