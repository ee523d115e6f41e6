import { describe, expect, it } from 'vitest';
import { coalesceCalls } from '../../src/queue/coalesce-calls.ts';

/** Calls that end when the test says so. */
function heldCalls() {
  const calls: { items: readonly string[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const work = (items: readonly string[]) =>
    new Promise<string[]>((resolve, reject) => {
      calls.push({ items, answer: () => resolve(items.map((item) => item.toUpperCase())), fail: reject });
    });
  return { calls, work };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const options = {
  keyOf: (item: string) => item[0],
  groupOf: (item: string) => item.length < 4,
  maxItems: 3,
  maxCalls: 1,
  isForAll: () => false,
};

describe('callers who arrive while a call is under way', () => {
  it('share the next one, at most so many, and get their own answers', async () => {
    const { calls, work } = heldCalls();
    const call = coalesceCalls(work, options);
    const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map(call));
    expect(calls.map(({ items }) => items)).toEqual([['a']]);
    calls[0]?.answer();
    await settled();
    calls[1]?.answer();
    await settled();
    calls[2]?.answer();
    expect(await answers).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(calls.map(({ items }) => items)).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
  });

  it('never share a call with another of their key: the second sees what the first has done', async () => {
    const { calls, work } = heldCalls();
    const call = coalesceCalls(work, options);
    const answers = Promise.all(['x', 'a1', 'a2', 'b', 'a3'].map(call));
    for (let nth = 0; nth < 4; nth++) {
      calls[nth]?.answer();
      await settled();
    }
    expect(await answers).toEqual(['X', 'A1', 'A2', 'B', 'A3']);
    expect(calls.map(({ items }) => items)).toEqual([['x'], ['a1', 'b'], ['a2'], ['a3']]);
  });

  it('[S3] share it with their own group only, in the order in which they came', async () => {
    const { calls, work } = heldCalls();
    const call = coalesceCalls(work, options);
    const answers = Promise.all(['x', 'a', 'long-b', 'c', 'more-d'].map(call));
    for (let nth = 0; nth < 3; nth++) {
      calls[nth]?.answer();
      await settled();
    }
    expect(await answers).toEqual(['X', 'A', 'LONG-B', 'C', 'MORE-D']);
    expect(calls.map(({ items }) => items)).toEqual([['x'], ['a', 'c'], ['long-b', 'more-d']]);
  });

  it('are not failed by a companion: each is tried by itself', async () => {
    const tried: (readonly string[])[] = [];
    const call = coalesceCalls(
      async (items: readonly string[]) => {
        tried.push(items);
        await settled();
        if (items.includes('bad')) throw new Error('not this one');
        return items;
      },
      { ...options, maxItems: 4 },
    );
    const answers = await Promise.allSettled(['x', 'a', 'bad', 'c'].map(call));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(tried).toEqual([['x'], ['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
  });

  it('are told at once of an error that is the same for all', async () => {
    const { calls, work } = heldCalls();
    const call = coalesceCalls(work, { ...options, isForAll: () => true });
    const answers = Promise.allSettled(['x', 'a', 'b'].map(call));
    calls[0]?.answer();
    await settled();
    calls[1]?.fail(new Error('away'));
    expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(calls).toHaveLength(2);
  });
});
