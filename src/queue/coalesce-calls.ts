interface Waiting<In, Out> {
  readonly item: In;
  readonly resolve: (result: Out) => void;
  readonly reject: (error: unknown) => void;
}

export interface SharingOptions<In> {
  /** Two items of one key never share a call: the second must see what the first has done. */
  readonly keyOf: (item: In) => unknown;
  /** Only items of one group share a call. */
  readonly groupOf: (item: In) => unknown;
  /** Items a call. */
  readonly maxItems: number;
  /** Calls under way at once; the items that arrive meanwhile share the next one. */
  readonly maxCalls: number;
  /** An error that is the same for each item, so that none of them is tried by itself. */
  readonly isForAll: (error: unknown) => boolean;
}

/**
 * Callers who arrive while calls are under way share the next call: one statement, one commit and one flush of the
 * disk for all of them, while a caller who comes alone is served at once. An item that makes a shared call fail fails
 * alone: each of its companions is then tried by itself.
 * @param work answers in the order of its items
 */
export function coalesceCalls<In, Out>(
  work: (items: readonly In[]) => Promise<readonly Out[]>,
  { keyOf, groupOf, maxItems, maxCalls, isForAll }: SharingOptions<In>,
): (item: In) => Promise<Out> {
  let waiting: Waiting<In, Out>[] = [];
  let calls = 0;

  /** The oldest that may go together; the others stay in their order. */
  function takeGroup(): Waiting<In, Out>[] {
    const keys = new Set<unknown>();
    const group: Waiting<In, Out>[] = [];
    const left: Waiting<In, Out>[] = [];
    const of = waiting[0] && groupOf(waiting[0].item);
    for (const entry of waiting) {
      const key = keyOf(entry.item);
      if (group.length < maxItems && groupOf(entry.item) === of && !keys.has(key)) group.push(entry);
      else left.push(entry);
      keys.add(key);
    }
    waiting = left;
    return group;
  }

  async function serve(group: readonly Waiting<In, Out>[]): Promise<void> {
    try {
      const results = await work(group.map(({ item }) => item));
      group.forEach(({ resolve, reject }, nth) => {
        if (nth in results) resolve(results[nth] as Out);
        else reject(new Error('a shared call left an item without its answer'));
      });
    } catch (error) {
      if (group.length === 1 || isForAll(error)) for (const { reject } of group) reject(error);
      else for (const entry of group) await serve([entry]);
    }
  }

  async function next(): Promise<void> {
    if (calls >= maxCalls || waiting.length === 0) return;
    calls++;
    await serve(takeGroup());
    calls--;
    void next();
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      void next();
    });
}
