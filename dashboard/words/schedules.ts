/** What the parts of a schedule are called. */
import type { Outcome, Overlap } from '../../src/contract/operations/schedules.ts';

export const OUTCOME_WORDS = {
  fired: 'Fired',
  nothing_pending: 'Nothing was pending',
  overlap: 'Skipped: the batch before had not ended',
  refused: 'Refused',
} as const satisfies Readonly<Record<Outcome, string>>;

export const OVERLAP_WORDS = {
  skip: 'Skip the time',
  buffer_one: 'Wait, then run once',
  allow_all: 'Run all the same',
} as const satisfies Readonly<Record<Overlap, string>>;
