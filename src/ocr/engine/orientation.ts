import type { Pixels } from '../image/pixels.ts';
import { turn } from '../image/pixels.ts';
import { type Box, turnBox } from './box.ts';
import type { NetworkClock } from './detect.ts';
import type { Models } from './models.ts';
import { type Reading, recognise } from './recognise.ts';

const ORIENTATION = {
  /** A box this much longer than high shows the direction of print. */
  clearRatio: 1.8,
  sampleBoxes: 6,
  /** Print read the right way up is hardly ever read less surely than this. */
  surelyUpright: 0.88,
} as const;

export interface Upright {
  readonly pixels: Pixels;
  readonly boxes: readonly Box[];
  readonly turnedDegrees: 0 | 90 | 180 | 270;
  /** What the sampled boxes say, so that no line is read twice. */
  readonly readings: ReadonlyMap<Box, Reading>;
}

/**
 * Turns a page upright. Print on its side shows in tall boxes; which of the two ways is up shows in how surely a handful of
 * lines is read, so no third network is needed and an upright page costs nothing but the reading of those lines.
 */
export async function makeUpright(
  models: Models,
  pixels: Pixels,
  boxes: readonly Box[],
  runs: NetworkClock,
): Promise<Upright> {
  const onSide = isOnSide(boxes);
  const level = onSide ? turnPage(pixels, boxes, 90) : { pixels, boxes };
  const sample = clearest(level.boxes);
  const asIs = await readSample(models, level.pixels, sample, runs, false);
  const upright: Upright = { ...level, turnedDegrees: onSide ? 90 : 0, readings: asIs };
  if (sample.length === 0 || surety(asIs) >= ORIENTATION.surelyUpright) return upright;
  const turned = await readSample(models, level.pixels, sample, runs, true);
  if (surety(turned) <= surety(asIs)) return upright;
  return { ...turnPage(level.pixels, level.boxes, 180), turnedDegrees: onSide ? 270 : 180, readings: new Map() };
}

function isOnSide(boxes: readonly Box[]): boolean {
  let wide = 0;
  let tall = 0;
  for (const box of boxes) {
    if (box.width > box.height * ORIENTATION.clearRatio) wide += box.width;
    if (box.height > box.width * ORIENTATION.clearRatio) tall += box.height;
  }
  return tall > wide;
}

function turnPage(pixels: Pixels, boxes: readonly Box[], degrees: 90 | 180): { pixels: Pixels; boxes: Box[] } {
  return {
    pixels: turn(pixels, degrees),
    boxes: boxes.map((box) => turnBox(box, degrees, pixels.width, pixels.height)),
  };
}

/** Boxes of middling length: long enough to judge, short enough to be cheap. */
function clearest(boxes: readonly Box[]): Box[] {
  const ratio = (box: Box): number => box.width / box.height;
  const clear = boxes.filter((box) => ratio(box) > ORIENTATION.clearRatio).sort((a, b) => ratio(a) - ratio(b));
  const from = Math.max(0, Math.floor((clear.length - ORIENTATION.sampleBoxes) * 0.6));
  return clear.slice(from, from + ORIENTATION.sampleBoxes);
}

async function readSample(
  models: Models,
  pixels: Pixels,
  sample: readonly Box[],
  runs: NetworkClock,
  upsideDown: boolean,
): Promise<Map<Box, Reading>> {
  const readings = new Map<Box, Reading>();
  for (const box of sample) readings.set(box, await recognise(models, pixels, box, runs, upsideDown));
  return readings;
}

/** The median confidence over the sample: a single decorative line must not decide. */
function surety(readings: ReadonlyMap<Box, Reading>): number {
  const confidences = [...readings.values()].map((reading) => reading.confidence).sort((a, b) => a - b);
  return confidences[Math.floor(confidences.length / 2)] ?? 0;
}
