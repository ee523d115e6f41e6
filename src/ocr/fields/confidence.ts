import type { FoundDate } from './dates.ts';
import type { FoundMerchant } from './found-merchant.ts';
import type { FoundTotal } from './total.ts';
import type { Checks } from './validate.ts';

/** How much each kind of agreement proves, as the chance that the total is right with nothing else speaking for it. */
const PROOF: readonly (readonly [name: string, alone: number])[] = [
  ['total: cash less change', 0.9],
  ['total: sum of the items', 0.9],
  ['total: tax table', 0.85],
  ['total: subtotal and charges', 0.85],
  ['total: rounded', 0.8],
  ['total: paid by card', 0.75],
  ['total: printed again', 0.5],
  ['total: cash', 0.5],
];

const NAMED = 0.72;
const CLOSE_LEAD = 1;

/** The most that anything in doubt gets: just under the 0.7 below which a person should look. */
const IN_DOUBT = 0.69;

/** A confidence that no doubt may leave above the line of review. */
export function inDoubt(confidence: number, isDoubtful: boolean): number {
  return clamp(isDoubtful ? Math.min(confidence, IN_DOUBT) : confidence);
}

/** How sure the agent is of a total, 0 to 1: independent agreements each leave less room for doubt. */
export function totalConfidence(total: FoundTotal | undefined, checks: Checks): number {
  if (total === undefined) return 0;
  const names = new Set(total.agreements);
  const isNamed = total.agreements.some((name) => name.includes('"'));
  let doubt = isNamed ? 1 - NAMED : 1;
  for (const [name, alone] of PROOF) if (names.has(name)) doubt *= 1 - alone;
  if (checks.itemsAddUp && !names.has('total: sum of the items')) doubt *= 0.25;
  if (total.lead < CLOSE_LEAD) doubt = Math.max(doubt, 0.2);
  // A digit read unsurely is a digit that may be wrong in every place that agrees.
  return clamp((1 - doubt) * (0.6 + 0.4 * total.line.source.confidence));
}

/** One figure for the whole reading, before any doubt is counted. */
export function overallConfidence(
  total: number,
  merchant: FoundMerchant | undefined,
  date: FoundDate | undefined,
  checks: Checks,
): number {
  return clamp(total * 0.7 + (merchant?.confidence ?? 0) * 0.12 + dateConfidence(date) * 0.1 + checks.explained * 0.08);
}

export function dateConfidence(date: FoundDate | undefined): number {
  return date === undefined ? 0 : clamp(0.55 + date.score * 0.12);
}

export function clamp(value: number): number {
  return Math.round(Math.min(0.99, Math.max(0, value)) * 1000) / 1000;
}
