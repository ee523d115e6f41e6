/**
 * Does the work for each item, some at a time; what one meets holds up no other.
 * @param until undefined, or a time after which nothing more is begun
 * @throws the first error, when all that was begun has ended
 */
export async function eachApart<T>(
  lanes: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
  until?: number,
): Promise<void> {
  const waiting = [...items];
  let first: { error: unknown } | undefined;
  await Promise.all(
    Array.from({ length: Math.min(lanes, waiting.length) }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
        if (until !== undefined && Date.now() > until) return;
        try {
          await work(item);
        } catch (error) {
          first ??= { error };
        }
      }
    }),
  );
  if (first) throw first.error;
}
