import type { Box } from '../box.ts';
import { type Baselines, baselinesOf, clearBoxes, median } from './baselines.ts';

const LOCAL = {
  /** The tilt of a place is that of the boxes within about this share of the page beside it. */
  reachAlong: 0.8,
  /** A box this far off the usual tilt (radians) lies outside the paper, or is a stain: it counts little. */
  tolerance: 0.15,
  /** How many boxes of the usual tilt are taken to stand everywhere. */
  steadiness: 0.2,
  /** Boxes that are asked: more of them say nothing new. */
  maxBoxes: 240,
} as const;

/** How far above and below a place boxes speak for it, as a share of the page: for paper that hangs, and for folds. */
export const REACHES = [0.09, 0.03] as const;

/** Takes the tilt of every place from the boxes near it. */
export function localBaselines(boxes: readonly Box[], width: number, height: number, reach: number): Baselines {
  const clear = clearBoxes(boxes);
  const usual = median(clear.map(({ box }) => box.angle));
  const every = Math.max(1, Math.ceil(clear.length / LOCAL.maxBoxes));
  const known = clear
    .filter((_, i) => i % every === 0)
    .map(({ box, weight }) => ({ box, weight: weight / (1 + ((box.angle - usual) / LOCAL.tolerance) ** 2) }));
  const [down, along] = [Math.max(1, height * reach), Math.max(1, width * LOCAL.reachAlong)];
  return baselinesOf((x, y) => {
    let sum = usual * LOCAL.steadiness;
    let weights: number = LOCAL.steadiness;
    for (const { box, weight } of known) {
      const distance = ((box.cy - y) / down) ** 2 + ((box.cx - x) / along) ** 2;
      const here = weight / (1 + distance * distance);
      sum += box.angle * here;
      weights += here;
    }
    return sum / weights;
  }, width);
}
