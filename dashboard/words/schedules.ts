/** What the parts of a schedule are called. */
import type { Outcome, Overlap } from '../../src/contract/operations/schedules.ts';

export const OUTCOME_WORDS = {
  fired: 'Ran',
  nothing_pending: 'Nothing was pending',
  overlap: 'Skipped: the previous batch was still running',
  refused: 'Refused',
} as const satisfies Readonly<Record<Outcome, string>>;

export const OVERLAP_WORDS = {
  skip: 'Skip this run',
  buffer_one: 'Wait, then run once',
  allow_all: 'Run anyway',
} as const satisfies Readonly<Record<Overlap, string>>;
