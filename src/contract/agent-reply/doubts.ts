import { cleanLine } from '../clean-text.ts';

/** Reasons that a person reads; more than these say nothing new. */
const MAX_REASONS = 20;
const MAX_REASON_CHARS = 240;

/** Why a person should look at a reading, in the order in which it was found. Bounded, each reason one clean line. */
export interface Doubts {
  /** A whole sentence, or a clause without a full stop. */
  add(reason: string): void;
  list(): string[];
}

export function createDoubts(): Doubts {
  const reasons: string[] = [];
  let more = 0;
  return {
    add(reason) {
      const line = cleanLine(reason, MAX_REASON_CHARS);
      if (line === '' || reasons.includes(line)) return;
      if (reasons.length < MAX_REASONS - 1) reasons.push(line);
      else more++;
    },
    list: () => (more === 0 ? [...reasons] : [...reasons, `${more} more`]),
  };
}
