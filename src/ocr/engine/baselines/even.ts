import type { Box } from '../box.ts';
import { type Baselines, baselinesOf, clearBoxes, median } from './baselines.ts';

const EVEN = {
  /** Fewer clear boxes say nothing of how the tilt changes over the page. */
  minBoxes: 5,
  rounds: 4,
} as const;

/** How freely the tilt may change over the page. */
export interface EvenFit {
  /** A box this far off the others (radians) lies outside the paper, or is a stain: it counts little. */
  readonly tolerance: number;
  /** How strongly the tilt is taken to be the same everywhere, in clear boxes that would say so. */
  readonly steadiness: number;
}

/** From a flat page to a curled one. */
export const EVEN_FITS: readonly EvenFit[] = [
  { tolerance: 0.02, steadiness: 0.15 },
  { tolerance: 0.06, steadiness: 0.1 },
  { tolerance: 0.12, steadiness: 0.1 },
  { tolerance: 0.12, steadiness: 0.02 },
];

type Terms = readonly [number, number, number];

/** A tilt that changes evenly down the page (seen from the side) and along a line (curled paper). */
export function evenBaselines(boxes: readonly Box[], width: number, height: number, fit: EvenFit): Baselines {
  const clear = clearBoxes(boxes);
  const usual = median(clear.map(({ box }) => box.angle));
  const scale = Math.max(1, width, height);
  const terms = (x: number, y: number): Terms => [1, x / scale - 0.5, y / scale - 0.5];
  let found: Terms = [usual, 0, 0];
  for (let round = 0; clear.length >= EVEN.minBoxes && round < EVEN.rounds; round++) {
    const rows = clear.map(({ box, weight }) => {
      const row = terms(box.cx, box.cy);
      const off = (box.angle - dot(found, row)) / fit.tolerance;
      return { row, value: box.angle - usual, weight: weight / (1 + off * off) };
    });
    const [base, along, down] = leastSquares(rows, fit.steadiness);
    found = [usual + base, along, down];
  }
  return baselinesOf((x, y) => dot(found, terms(x, y)), width);
}

function dot(a: Terms, b: Terms): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** Weighted least squares of three unknowns; the two that change over the page are drawn to zero. */
function leastSquares(rows: readonly { row: Terms; value: number; weight: number }[], steadiness: number): Terms {
  const m = [
    [1e-9, 0, 0, 0],
    [0, steadiness, 0, 0],
    [0, 0, steadiness, 0],
  ];
  for (const { row, value, weight } of rows) {
    for (const [i, line] of m.entries()) {
      for (let j = 0; j < 3; j++) line[j] = (line[j] ?? 0) + weight * (row[i] ?? 0) * (row[j] ?? 0);
      line[3] = (line[3] ?? 0) + weight * (row[i] ?? 0) * value;
    }
  }
  return solve(m);
}

/** Three equations by elimination; the matrix is positive definite, so no row needs to be swapped. */
function solve(m: number[][]): Terms {
  for (let i = 0; i < 3; i++) {
    for (let k = i + 1; k < 3; k++) {
      const factor = (m[k]?.[i] ?? 0) / (m[i]?.[i] ?? 1);
      for (let j = i; j < 4; j++) (m[k] ?? [])[j] = (m[k]?.[j] ?? 0) - factor * (m[i]?.[j] ?? 0);
    }
  }
  const x = [0, 0, 0];
  for (let i = 2; i >= 0; i--) {
    let rest = m[i]?.[3] ?? 0;
    for (let j = i + 1; j < 3; j++) rest -= (m[i]?.[j] ?? 0) * (x[j] ?? 0);
    x[i] = rest / (m[i]?.[i] ?? 1);
  }
  return [x[0] ?? 0, x[1] ?? 0, x[2] ?? 0];
}
