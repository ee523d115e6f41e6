import type { Box } from '../box.ts';

/** How lines of print run on a page that is tilted, bent or photographed from the side. */
export interface Baselines {
  /** The height at which the line of print through a point crosses the middle of the page. */
  levelOf(x: number, y: number): number;
  /** The tilt of print at a point, in radians. */
  angleAt(x: number, y: number): number;
}

/** A box this much longer than high shows its tilt; from the second on it counts in full. */
const CLEAR = { ratio: 2.5, fullRatio: 8 } as const;
const STEPS = 10;

/** The boxes that show how print is tilted, each with how clearly. */
export function clearBoxes(boxes: readonly Box[]): { box: Box; weight: number }[] {
  return boxes
    .filter((box) => box.width > box.height * CLEAR.ratio)
    .map((box) => ({ box, weight: Math.min(1, box.width / box.height / CLEAR.fullRatio) }));
}

/** Follows the tilt from a point to the middle of the page. */
export function baselinesOf(angleAt: (x: number, y: number) => number, width: number): Baselines {
  return {
    angleAt,
    levelOf(x, y) {
      const step = (width / 2 - x) / STEPS;
      let level = y;
      for (let i = 0; i < STEPS; i++) level += Math.tan(angleAt(x + (i + 0.5) * step, level)) * step;
      return level;
    },
  };
}

/** How much the tilt may change across the page beyond what long boxes show: amounts are too short to show theirs. */
const CURLS = [-0.36, -0.24, -0.16, -0.1, -0.05, 0.05, 0.1, 0.16, 0.24, 0.36] as const;

/** Fewer clear boxes leave everything open. */
const MIN_CLEAR = 5;

/** The same baselines with more or less curl across the page; the tilt in the middle of the long boxes stays. */
export function curled(baselines: Baselines, boxes: readonly Box[], width: number): Baselines[] {
  const clear = clearBoxes(boxes);
  if (clear.length < MIN_CLEAR) return [];
  const weights = clear.reduce((sum, { weight }) => sum + weight, 0);
  const middle = clear.reduce((sum, { box, weight }) => sum + box.cx * weight, 0) / Math.max(weights, 1e-9);
  return CURLS.map((curl) => baselinesOf((x, y) => baselines.angleAt(x, y) + (curl * (x - middle)) / width, width));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
