import { cutRectangle, type Pixels } from '../image/pixels.ts';
import type { Page, Region, Segment } from '../page.ts';
import type { Box } from './box.ts';
import { type ReadingBudget, startBudget } from './budget.ts';
import { contrastOf } from './crop.ts';
import { detect, type NetworkClock } from './detect.ts';
import { buildLines } from './lines.ts';
import type { Models } from './models.ts';
import { makeUpright } from './orientation.ts';
import { type Reading, recognise } from './recognise.ts';

const READING = {
  /** Print of the other side shining through has less contrast than this share of the page's usual print. */
  faintShare: 0.4,
  /** Large faint print is read all the same: it may be a logo. */
  logoHeightShare: 1.5,
  /** A logo is read surely, print shining through in mirror writing is not. */
  minLogoConfidence: 0.85,
  /** Below this a segment is noise, a pattern or a picture. */
  minConfidence: 0.5,
  /** More pieces of print than a slip of 1,000 items has; what is left unread is counted, and said. */
  maxBoxes: 4_000,
} as const;

/** What was read, and the upright picture it was read from (for a closer look at single lines). */
export interface PageReading {
  readonly page: Page;
  readonly pixels: Pixels;
  /** What is left for a second look. */
  readonly budget: ReadingBudget;
}

/** Finds and reads all print on a picture. */
export async function readPage(models: Models, picture: Pixels, runs: NetworkClock): Promise<PageReading> {
  const budget = startBudget();
  const found = await detect(models.detection, picture, runs);
  const { pixels, boxes, turnedDegrees, readings } = await makeUpright(models, picture, found, runs);
  const { segments, unread } = await readBoxes(models, pixels, boxes, readings, runs, budget);
  const { width, height } = pixels;
  const page = { lines: buildLines(segments, width, height), width, height, turnedDegrees, unread };
  return { page, pixels, budget };
}

/** Print of a part of the page, read again. */
export interface PartReading {
  readonly segments: readonly Segment[];
  readonly unread: number;
}

/**
 * Reads a part of the page again, closer: a smaller picture is shrunk less before print is looked for. What was read there
 * before is replaced.
 */
export async function readAgain(models: Models, reading: PageReading, part: Region, runs: NetworkClock): Promise<Page> {
  return replacePart(reading.page, part, await readPart(models, reading, part, runs));
}

/** Reads a part of the page from closer. */
export async function readPart(
  models: Models,
  { page, pixels, budget }: PageReading,
  part: Region,
  runs: NetworkClock,
): Promise<PartReading> {
  const { left, right } = textColumns(page);
  const top = part.y * page.height;
  const cut = cutRectangle(pixels, left, top, right - left, part.height * page.height);
  const boxes = await detect(models.detection, cut, runs);
  const [offsetX, offsetY] = [Math.max(0, Math.floor(left)), Math.max(0, Math.floor(top))];
  const closer = await readBoxes(models, cut, boxes, new Map(), runs, budget);
  const segments = closer.segments.map(({ box, ...rest }) => ({
    ...rest,
    box: { ...box, cx: box.cx + offsetX, cy: box.cy + offsetY },
  }));
  return { segments, unread: closer.unread };
}

/** The page with a part of it as read again. */
export function replacePart(page: Page, part: Region, again: PartReading): Page {
  const top = part.y * page.height;
  const bottom = (part.y + part.height) * page.height;
  const isInside = ({ box }: Segment): boolean => box.cy >= top && box.cy <= bottom;
  const kept = page.lines.flatMap((line) => line.segments).filter((segment) => !isInside(segment));
  const unread = Math.max(page.unread, again.unread);
  return { ...page, lines: buildLines([...kept, ...again.segments], page.width, page.height), unread };
}

function textColumns(page: Page): { left: number; right: number } {
  const regions = page.lines.map((line) => line.region);
  const left = Math.min(...regions.map((region) => region.x)) * page.width;
  const right = Math.max(...regions.map((region) => region.x + region.width)) * page.width;
  return { left: Math.max(0, left - 10), right: Math.min(page.width, right + 10) };
}

async function readBoxes(
  models: Models,
  pixels: Pixels,
  boxes: readonly Box[],
  readings: ReadonlyMap<Box, Reading>,
  runs: NetworkClock,
  budget: ReadingBudget,
): Promise<{ segments: Segment[]; unread: number }> {
  const segments: Segment[] = [];
  const worth = worthReading(pixels, boxes);
  for (const [at, { box, isFaint }] of worth.entries()) {
    if (at >= READING.maxBoxes || budget.isSpent()) {
      return { segments, unread: worth.length - at };
    }
    const reading = readings.get(box) ?? (await recognise(models, pixels, box, runs));
    const least = isFaint ? READING.minLogoConfidence : READING.minConfidence;
    if (reading.text !== '' && reading.confidence >= least) segments.push({ ...reading, box });
  }
  return { segments, unread: 0 };
}

/** All boxes but the faint ones of ordinary size. */
function worthReading(pixels: Pixels, boxes: readonly Box[]): { box: Box; isFaint: boolean }[] {
  const contrasts = boxes.map((box) => contrastOf(pixels, box));
  const faintBelow = quantile(contrasts, 0.7) * READING.faintShare;
  const usualHeight = quantile(
    boxes.map((box) => box.height),
    0.5,
  );
  return boxes
    .map((box, i) => ({ box, isFaint: (contrasts[i] ?? 0) < faintBelow }))
    .filter(({ box, isFaint }) => !isFaint || box.height > usualHeight * READING.logoHeightShare);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
