import type { Line, Segment } from '../page.ts';
import type { NumberStyle } from './digits.ts';
import { findNumbers, isPrice, mendMark, mendNumbers } from './numbers.ts';
import { GROUP_BLANK, withKnownMarks } from './tables/notations.ts';

/** A line's text as the rules read it, and where in it each segment begins. */
export interface LineText {
  readonly text: string;
  readonly starts: readonly number[];
}

/** A blank of the print is at most this many steps of a character wide; a wider one parts two columns. */
const MAX_BLANK_STEPS = 2.8;
/** Two segments nearer than this share of their height may be one number that was cut in two. */
const NEAR = 0.9;
/** A number whose first part ends with its mark goes on in the next segment, if that is within reach. */
const REACH = 2.5;

/** Joins the segments of a line, mended, with the blanks marked that may group thousands. */
export function lineText({ segments }: Line, style: NumberStyle): LineText {
  const starts: number[] = [];
  let text = '';
  segments.forEach((segment, i) => {
    const known = mendNumbers(markBlanks(segment));
    if (text !== '') text += joint(text, known, gapBetween(segments[i - 1], segment));
    starts.push(text.length);
    text += known;
  });
  const apart = findNumbers(text, style);
  // A price may be cut in two by the gap between segments; joining them is right only where no price was found.
  return { text: apart.some((number) => isPrice(number, style)) ? text : mendMark(mendNumbers(text)), starts };
}

/** What stands between two segments: nothing inside a number cut at its mark, a blank that may group, or a blank. */
function joint(left: string, right: string, gap: number): string {
  const isCutAtMark = /\d[.,']$/.test(left) && /^\d{3}[.,]\d{2,3}(?!\d)/.test(right);
  if ((isCutAtMark || (/(?<!\d)\d{1,3}$/.test(left) && /^[.,']\d{3}[.,]\d{2,3}(?!\d)/.test(right))) && gap < REACH)
    return '';
  return gap < NEAR && /(?<![\d.,'])\d{1,3}$/.test(left) && /^\d{3}(?!\d)/.test(right) ? GROUP_BLANK : ' ';
}

/** The gap between two segments as a share of the height of the print. */
function gapBetween(left: Segment | undefined, right: Segment): number {
  if (left === undefined) return Number.POSITIVE_INFINITY;
  const distance = Math.hypot(right.box.cx - left.box.cx, right.box.cy - left.box.cy);
  return (distance - (left.box.width + right.box.width) / 2) / Math.max(1, Math.min(left.box.height, right.box.height));
}

/** Marks the blanks inside a segment that may group thousands: as wide as one character, before exactly three digits. */
function markBlanks({ text, positions }: Segment): string {
  const known = withKnownMarks(text);
  const steps = known.split('').flatMap((_, i) => (i === 0 ? [] : [(positions[i] ?? 0) - (positions[i - 1] ?? 0)]));
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  return known.replace(/(?<=(?<![\d.,'])\d{1,3}(?: \d{3})*) (?=\d{3}(?!\d))/g, (blank, at: number) => {
    const width = (positions[at + 1] ?? 0) - (positions[at - 1] ?? 0);
    return usual > 0 && width > usual * MAX_BLANK_STEPS ? blank : GROUP_BLANK;
  });
}
