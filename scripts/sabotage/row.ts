/**
 * A guard that a promise stands on. Taking it away must turn the tests named red, or they prove nothing. `find` must
 * stand in the file exactly once unless `everywhere` is set.
 */
export interface Sabotage {
  readonly guard: string;
  readonly promise: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly everywhere?: boolean;
  readonly tests: readonly string[];
  /** Of a long file: a regular expression for the titles of the tests that notice. */
  readonly only?: string;
}
