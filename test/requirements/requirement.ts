/** How many ids each family has: Q queue, W workers, M MCP, H doors, O OCR, S security, P production, I invariants. */
export const FAMILIES = { Q: 25, W: 9, M: 9, H: 9, O: 8, S: 7, P: 9, I: 17 } as const;

/** A test file from `test/`, and a part of the title of a test or of its `describe`. */
export type Proof = readonly [file: string, title: string];

export interface Requirement {
  readonly status: 'held' | 'partly';
  readonly promise: string;
  /** What does not hold yet; given where the status is `partly`, and only there. */
  readonly missing?: string;
  readonly tests: readonly Proof[];
}

export type Requirements = Readonly<Record<string, Requirement>>;

export const held = (promise: string, ...tests: Proof[]): Requirement => ({ status: 'held', promise, tests });
export const partly = (promise: string, missing: string, ...tests: Proof[]): Requirement => ({
  status: 'partly',
  promise,
  missing,
  tests,
});
