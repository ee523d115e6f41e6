import type { ReadingContext } from '../context.ts';
import { buildLines } from '../engine/lines.ts';
import { labelOf } from '../fields/labels.ts';
import { type Understanding, understand } from '../fields/read-receipt.ts';
import { wordsOf } from '../fields/words.ts';
import type { Line, Page, Segment } from '../page.ts';
import { waysToPart } from './sides.ts';

/** A picture of several slips: the one that is given, and in words where the others are. */
export interface SeveralSlips {
  readonly page: Page;
  readonly doubt: string;
}

/** Rows below a sum at which the next slip may begin, at most. */
const MAX_BREAKS = 4;
/** Fewer lines are no slip. */
const MIN_LINES = 5;

/**
 * Whether more than one slip is in the picture: two parts of it that each, read alone, name a total and hold what leads to
 * it. Nothing is merged: the part with more print is given, and the doubt says so.
 * @param whole what was understood of all of it
 */
export function severalSlips(page: Page, whole: Understanding, context: ReadingContext): SeveralSlips | undefined {
  return besideOneAnother(page, whole, context) ?? belowOneAnother(page, context);
}

function besideOneAnother(page: Page, whole: Understanding, context: ReadingContext): SeveralSlips | undefined {
  const segments = segmentsOf(page);
  for (const { first, second } of waysToPart(segments, page.height)) {
    const [left, right] = [partOf(page, first), partOf(page, second)];
    const [a, b] = [understand(left, context), understand(right, context)];
    if (!isSlip(a) || !isSlip(b)) continue;
    // Columns of one slip add up only together.
    if (whole.checks.itemsAddUp && !(a.checks.itemsAddUp && b.checks.itemsAddUp)) continue;
    const isFirst = first.length >= second.length;
    return { page: isFirst ? left : right, doubt: doubtOf(isFirst ? first : second, isFirst ? second : first) };
  }
  return undefined;
}

/** One below the other: both parts add up to totals of their own, the total of the second without the first. */
function belowOneAnother(page: Page, context: ReadingContext): SeveralSlips | undefined {
  for (const at of breaksIn(page.lines)) {
    const upper = { ...page, lines: page.lines.slice(0, at) };
    const lower = { ...page, lines: page.lines.slice(at) };
    // Read apart only where a line of either part names a total: it costs as much as the whole.
    if (!upper.lines.some(namesTotal) || !lower.lines.some(namesTotal)) continue;
    if (![lower, upper].every((part) => isSummedSlip(understand(part, context)))) continue;
    const [given, left] = upper.lines.length >= lower.lines.length ? [upper, lower] : [lower, upper];
    return { page: given, doubt: doubtOf(segmentsOf(given), segmentsOf(left)) };
  }
  return undefined;
}

/** Lines behind the widest gaps of the page: where one slip ends and the next begins paper shows. */
function breaksIn(lines: readonly Line[]): number[] {
  const gaps = lines.flatMap(({ region }, at) => {
    const before = lines[at - 1]?.region;
    const isInside = at >= MIN_LINES && at <= lines.length - MIN_LINES;
    return before === undefined || !isInside ? [] : [{ at, gap: region.y - before.y - before.height }];
  });
  return gaps
    .sort((a, b) => b.gap - a.gap)
    .slice(0, MAX_BREAKS)
    .map(({ at }) => at);
}

/** Which of them was read, by where it lies beside what was not. */
function doubtOf(given: readonly Segment[], left: readonly Segment[]): string {
  const middle = (segments: readonly Segment[], axis: 'cx' | 'cy'): number =>
    segments.reduce((sum, { box }) => sum + box[axis], 0) / Math.max(1, segments.length);
  const across = middle(given, 'cx') - middle(left, 'cx');
  const down = middle(given, 'cy') - middle(left, 'cy');
  const beside = across < 0 ? 'one on the left' : 'one on the right';
  const place = Math.abs(across) >= Math.abs(down) ? beside : down < 0 ? 'upper one' : 'lower one';
  return `Several slips are in the picture; only the ${place} was read.`;
}

const segmentsOf = (page: Page): Segment[] => page.lines.flatMap((line) => line.segments);

function partOf(page: Page, segments: readonly Segment[]): Page {
  return { ...page, lines: buildLines(segments, page.width, page.height) };
}

function namesTotal({ text }: Line): boolean {
  return /\d[.,]\d{2}/.test(text) && labelOf(wordsOf(text))?.kind === 'total';
}

const isSummedSlip = (part: Understanding): boolean => isSlip(part) && part.checks.itemsAddUp;

/** A total that a line names, and a date or items. */
function isSlip({ extraction }: Understanding): boolean {
  const { metadata, evidence, items } = extraction;
  const isNamed = evidence.fields.total_amount?.rule.includes('"') === true;
  return isNamed && metadata.total_amount !== null && (items.length > 0 || metadata.purchase_date !== null);
}
