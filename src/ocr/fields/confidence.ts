import type { FoundDate } from './dates.ts';
import type { FoundMerchant } from './merchant.ts';
import type { FoundTotal } from './total.ts';
import type { Checks } from './validate.ts';

/** How sure the agent is of a total, 0 to 1, by what agrees with it. */
export function totalConfidence(total: FoundTotal | undefined, checks: Checks): number {
  if (total === undefined) return 0;
  const agreements = total.agreements.filter((name) => !name.includes('"')).length;
  const named = total.agreements.length > agreements;
  let confidence = 0.4 + Math.min(total.score, 6) * 0.06 + Math.min(Math.max(total.lead, 0), 3) * 0.05;
  if (!named) confidence -= 0.15;
  if (agreements === 0) confidence -= 0.1;
  if (checks.itemsAddUp) confidence += 0.1;
  return clamp(Math.min(confidence, 0.5 + 0.5 * total.line.source.confidence));
}

/** One figure for the whole reading: below 0.7 a person should look. */
export function overallConfidence(
  total: number,
  merchant: FoundMerchant | undefined,
  date: FoundDate | undefined,
  checks: Checks,
): number {
  let confidence =
    total * 0.7 + (merchant?.confidence ?? 0) * 0.12 + dateConfidence(date) * 0.1 + checks.explained * 0.08;
  if (!checks.itemsAddUp) confidence = Math.min(confidence, 0.84);
  if (date === undefined || merchant === undefined) confidence = Math.min(confidence, 0.69);
  return clamp(confidence);
}

export function dateConfidence(date: FoundDate | undefined): number {
  return date === undefined ? 0 : clamp(0.55 + date.score * 0.12);
}

export function clamp(value: number): number {
  return Math.round(Math.min(0.99, Math.max(0, value)) * 1000) / 1000;
}
