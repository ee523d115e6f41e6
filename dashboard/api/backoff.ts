const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** How long to wait before a try after so many that failed: 1, 2, 4 … 30 s. */
export function backoffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
}
