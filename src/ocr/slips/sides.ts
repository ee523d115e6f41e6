import type { Segment } from '../page.ts';

/** Print on the two sides of a line across the page. */
export interface Sides {
  readonly first: readonly Segment[];
  readonly second: readonly Segment[];
}

const SIDES = {
  /** Slips lie beside one another, each perhaps turned by as much as this (radians). */
  maxTilt: 0.35,
  tiltStep: 0.05,
  /** Print of a slip that lies half under another, or a stain: this share may stand on the line. */
  crossingShare: 0.03,
  /** A slip has at least so many pieces with words, and amounts. */
  minWords: 6,
  minAmounts: 2,
  /** Ways to part the page that are looked at closely. */
  maxWays: 4,
} as const;

const AMOUNT = /\d[.,]\d{2}\D{0,4}$/;
const WORD = /\p{L}{4}/u;

/**
 * The ways to part a page by an upright or tilted line so that either side looks like a slip, most even first. Names on the
 * left and prices on the right are no two slips: the right side then has no words.
 */
export function waysToPart(segments: readonly Segment[], height: number): Sides[] {
  const ways: { sides: Sides; least: number }[] = [];
  for (let tilt = -SIDES.maxTilt; tilt <= SIDES.maxTilt; tilt += SIDES.tiltStep) {
    const placed = segments
      .map((segment) => spanOf(segment, Math.tan(tilt), height))
      .sort((a, b) => a.middle - b.middle);
    const best = bestCut(placed);
    if (best !== undefined) ways.push(best);
  }
  return ways
    .sort((a, b) => b.least - a.least)
    .slice(0, SIDES.maxWays)
    .map(({ sides }) => sides);
}

interface Span {
  readonly segment: Segment;
  readonly left: number;
  readonly right: number;
  readonly middle: number;
}

/** Where a piece stands along the page, seen along a tilted line. */
function spanOf(segment: Segment, slope: number, height: number): Span {
  const { cx, cy, width, angle } = segment.box;
  const middle = cx - slope * (cy - height / 2);
  const half = (width * Math.cos(angle)) / 2;
  return { segment, left: middle - half, right: middle + half, middle };
}

/** The cut between two neighbours that leaves the poorer side the most words, if both look like a slip. */
function bestCut(placed: readonly Span[]): { sides: Sides; least: number } | undefined {
  const allowed = Math.floor(placed.length * SIDES.crossingShare);
  let best: { sides: Sides; least: number } | undefined;
  for (let at = SIDES.minWords; at <= placed.length - SIDES.minWords; at++) {
    const cut = ((placed[at - 1]?.middle ?? 0) + (placed[at]?.middle ?? 0)) / 2;
    const crossing = placed.filter(({ left, right }) => left < cut && right > cut).length;
    if (crossing > allowed) continue;
    const first = placed.slice(0, at).map(({ segment }) => segment);
    const second = placed.slice(at).map(({ segment }) => segment);
    const least = Math.min(wordsIn(first), wordsIn(second));
    if (least < SIDES.minWords || Math.min(amountsIn(first), amountsIn(second)) < SIDES.minAmounts) continue;
    if (best === undefined || least > best.least) best = { sides: { first, second }, least };
  }
  return best;
}

const wordsIn = (segments: readonly Segment[]): number => segments.filter(({ text }) => WORD.test(text)).length;
const amountsIn = (segments: readonly Segment[]): number => segments.filter(({ text }) => AMOUNT.test(text)).length;
