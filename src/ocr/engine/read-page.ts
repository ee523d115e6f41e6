import type { Pixels } from '../image/pixels.ts';
import type { Page, Segment } from '../page.ts';
import type { Box } from './box.ts';
import { contrastOf } from './crop.ts';
import { detect, type NetworkClock } from './detect.ts';
import { buildLines } from './lines.ts';
import type { Models } from './models.ts';
import { makeUpright } from './orientation.ts';
import { recognise } from './recognise.ts';

export const READING = {
  /** Print of the other side shining through has less contrast than this share of the page's usual print. */
  faintShare: 0.4,
  /** Large faint print is read all the same: it may be a logo. */
  logoHeightShare: 1.5,
  /** Below this a segment is noise, a pattern or a picture. */
  minConfidence: 0.5,
  /** More pieces than any receipt has: a page of newsprint or a pattern; the rest is left unread. */
  maxBoxes: 400,
} as const;

/** What was read, and the upright picture it was read from (for a closer look at single lines). */
export interface PageReading {
  readonly page: Page;
  readonly pixels: Pixels;
}

/** Finds and reads all print on a picture. */
export async function readPage(models: Models, picture: Pixels, runs: NetworkClock): Promise<PageReading> {
  const found = await detect(models.detection, picture, runs);
  const { pixels, boxes, turnedDegrees, readings } = await makeUpright(models, picture, found, runs);
  const segments: Segment[] = [];
  for (const box of worthReading(pixels, boxes)) {
    const reading = readings.get(box) ?? (await recognise(models, pixels, box, runs));
    if (reading.text !== '' && reading.confidence >= READING.minConfidence) segments.push({ ...reading, box });
  }
  const { width, height } = pixels;
  return { page: { lines: buildLines(segments, width, height), width, height, turnedDegrees }, pixels };
}

function worthReading(pixels: Pixels, boxes: readonly Box[]): Box[] {
  const measured = boxes.map((box) => ({ box, contrast: contrastOf(pixels, box) }));
  const usual = quantile(
    measured.map(({ contrast }) => contrast),
    0.7,
  );
  const usualHeight = quantile(
    boxes.map((box) => box.height),
    0.5,
  );
  return measured
    .filter(({ box, contrast }) => {
      const faint = contrast < usual * READING.faintShare;
      return !faint || box.height > usualHeight * READING.logoHeightShare;
    })
    .slice(0, READING.maxBoxes)
    .map(({ box }) => box);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
