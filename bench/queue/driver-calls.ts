import pg from 'pg';

/** Statements that went over the wire: text to count. One statement is one round trip; the driver pipelines nothing. */
export type DriverCalls = ReadonlyMap<string, number>;

/**
 * Counts every statement of this process at the driver, below everything of ours, while `work` runs.
 * @returns what was sent, by text
 */
export async function countDriverCalls(work: () => Promise<unknown>): Promise<DriverCalls> {
  const calls = new Map<string, number>();
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function counted(this: pg.Client, ...args: unknown[]) {
    const [first] = args;
    const text = typeof first === 'string' ? first : (first as { text: string }).text;
    calls.set(text, (calls.get(text) ?? 0) + 1);
    return Reflect.apply(query, this, args);
  } as typeof query;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = query;
  }
  return calls;
}
