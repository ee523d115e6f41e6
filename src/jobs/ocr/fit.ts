import { rounded, sameAmount, wholeDigits } from '../../contract/agent-reply/decimal.ts';
import type { Doubts } from '../../contract/agent-reply/doubts.ts';
import { cutText } from '../../contract/agent-reply/text.ts';
import { type ReviewField, type ReviewReason, reasonOf } from '../../contract/review-reasons.ts';
import type { Column } from './columns.ts';

/** A value of the receipt, or of one of its items (counted from 1). */
export interface Place {
  readonly field: ReviewField;
  readonly item?: number;
  readonly part?: string;
}

const adjusted = ({ field, ...of }: Place, text: string): ReviewReason =>
  reasonOf('adjusted_value', of, { field, text });

/** Digits after the point where a column has no scale of its own. */
const DEFAULT_SCALE = 6;

/** @returns the text as the column holds it; cutting it is said */
export function fitText(place: Place, value: string | null, column: Column | undefined, doubts: Doubts): string | null {
  if (value === null || column?.kind !== 'text') return value;
  const kept = cutText(value, column.maxChars);
  if (kept !== value) doubts.add(adjusted(place, `was cut to the ${column.maxChars} characters of its column`));
  return kept;
}

/** A code that does not fit is left out: cut, it would be another one. */
export function fitCode(place: Place, value: string | null, column: Column | undefined, doubts: Doubts): string | null {
  if (value === null || column?.kind !== 'text' || cutText(value, column.maxChars) === value) return value;
  doubts.add(adjusted(place, `"${value}" is longer than its column and was left out there`));
  return null;
}

/** An amount for the job's result, and for the column where it fits. */
export interface FittedAmount {
  readonly result: string | null;
  readonly column: string | null;
}

/** Rounds to the column's scale. What the column cannot hold stays in the result, and the column gets nothing. */
export function fitAmount(
  place: Place,
  value: string | null,
  column: Column | undefined,
  doubts: Doubts,
): FittedAmount {
  if (value === null) return { result: null, column: null };
  const { wholeDigits: most, scale = DEFAULT_SCALE } =
    column?.kind === 'number' ? column : { wholeDigits: undefined, scale: undefined };
  const result = rounded(value, scale);
  if (!sameAmount(result, value)) doubts.add(adjusted(place, `${value} was rounded to ${result}`));
  if (most === undefined || wholeDigits(result) <= most) return { result, column: result };
  doubts.add(adjusted(place, `${result} is out of range: larger than its column, which was left empty`));
  return { result, column: null };
}
