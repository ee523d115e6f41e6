export { uint } from '../../decode/bytes.ts';

/** What a format wants next: some bytes to look at, bytes to pass over, or everything up to and with one byte. */
export type Step =
  | { readonly take: number }
  | { readonly skip: number; readonly seen?: (bytes: Uint8Array) => void }
  | { readonly until: number };

/** The structure of a format, as steps; the bytes of a `take` are the value of its `yield`. It returns at the end mark. */
export type Walk = Generator<Step, void, Uint8Array>;

const NOTHING = new Uint8Array(0);

/**
 * Leads bytes, in whatever pieces they come, along a format's steps.
 * @returns `push` throws what the format throws; `ended` is whether the walk has reached the end mark; `position` is
 *   how many bytes it has passed, up to that mark
 */
export function createWalker(walk: Walk): { push(bytes: Uint8Array): void; ended(): boolean; position(): number } {
  let step: Step | undefined;
  let left = 0;
  let taken: number[] = [];
  let before = 0;
  let here = 0;
  go(NOTHING);

  function go(value: Uint8Array): void {
    const { done, value: next } = walk.next(value);
    step = done ? undefined : next;
    left = step === undefined || 'until' in step ? 0 : 'take' in step ? step.take : step.skip;
    taken = [];
  }
  return {
    push(bytes) {
      here = 0;
      while (step !== undefined) {
        if ('until' in step) {
          const found = bytes.indexOf(step.until, here);
          here = found < 0 ? bytes.length : found + 1;
          if (found < 0) break;
          go(NOTHING);
          continue;
        }
        const count = Math.min(left, bytes.length - here);
        const passed = bytes.subarray(here, here + count);
        if ('take' in step) taken.push(...passed);
        else step.seen?.(passed);
        here += count;
        left -= count;
        if (left > 0) break;
        go(Uint8Array.from(taken));
      }
      before += here;
      here = 0;
    },
    ended: () => step === undefined,
    position: () => before + here,
  };
}

/** Little-endian number. */
export function uintLe(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = at + length - 1; i >= at; i--) value = value * 256 + (bytes[i] ?? 0);
  return value;
}
