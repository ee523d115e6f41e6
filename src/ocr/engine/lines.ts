import type { Line, Region, Segment } from '../page.ts';
import { type Baselines, curled } from './baselines/baselines.ts';
import { EVEN_FITS, evenBaselines } from './baselines/even.ts';
import { localBaselines, REACHES } from './baselines/local.ts';
import type { Box } from './box.ts';

/** How much of the lower of two boxes must stand beside the other for both to be on one line. */
const MIN_OVERLAP = 0.5;

interface Placed {
  readonly segment: Segment;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Of a page with more segments than this only what its boxes show is tried. */
const MANY = 400;
/** A curl no box shows must make the page this much more even. */
const GUESSED = 1.1;

/**
 * Joins segments into lines, left to right and top to bottom. Several ways of reading the tilt of the page are tried; the one
 * counts under which segments stand more evenly side by side and fewer amounts stand alone.
 */
export function buildLines(segments: readonly Segment[], width: number, height: number): Line[] {
  const boxes = segments.map(({ box }) => box);
  const ways = [
    ...EVEN_FITS.map((fit) => evenBaselines(boxes, width, height, fit)),
    ...REACHES.map((reach) => localBaselines(boxes, width, height, reach)),
  ];
  const all = segments.length > MANY ? ways : [...ways, ...ways.flatMap((way) => curled(way, boxes, width))];
  const [flattest] = all
    .map((baselines, i) => {
      const rows = joinRows(segments.map((segment) => place(segment, baselines)));
      return { rows, unevenness: unevennessOf(rows) * (i < ways.length ? 1 : GUESSED) };
    })
    .sort((a, b) => a.unevenness - b.unevenness);
  const rows = flattest?.rows ?? [];
  const usualHeight = median(segments.map((segment) => segment.box.height)) || 1;
  return rows
    .sort((a, b) => middle(a) - middle(b))
    .map((row) =>
      toLine(
        row.map((piece) => piece.segment),
        usualHeight,
        width,
        height,
      ),
    );
}

function joinRows(placed: Placed[]): Placed[][] {
  const rows: Placed[][] = [];
  for (const piece of placed.sort((a, b) => a.left - b.left)) {
    const row = bestRow(rows, piece);
    if (row === undefined) rows.push([piece]);
    else row.push(piece);
  }
  return rows;
}

/** An amount that stands alone weighs as much as a neighbour this share of its height too high or too low. */
const ALONE = 0.6;

/**
 * How far the segments of the rows stand above or below one another, in heights of print, and how many amounts stand alone.
 * Squared, or a page shifted by a whole row at one end would look as even as the right one.
 */
function unevennessOf(rows: readonly (readonly Placed[])[]): number {
  let sum = 0;
  for (const row of rows) {
    const [first] = row;
    if (row.length === 1 && first !== undefined && AMOUNT.test(first.segment.text)) sum += ALONE;
    row.forEach((piece, i) => {
      const before = row[i - 1];
      if (before === undefined) return;
      const apart = Math.abs(piece.top + piece.bottom - before.top - before.bottom) / 2;
      sum += 2 * (apart / Math.max(1, Math.min(heightOf(piece), heightOf(before)))) ** 2;
    });
  }
  return sum;
}

const AMOUNT = /^\D{0,3}\d[\d.,' ]*[.,]\d{2}\D{0,3}$/;

function bestRow(rows: readonly Placed[][], piece: Placed): Placed[] | undefined {
  let best: Placed[] | undefined;
  let bestShare = MIN_OVERLAP;
  for (const row of rows) {
    const share = overlapShare(nearest(row, piece), piece);
    if (share > bestShare) {
      bestShare = share;
      best = row;
    }
  }
  return best;
}

/**
 * The piece of a row to compare with: the last one, but not one much higher than its neighbours (a stain or print shining
 * through that touches two lines).
 */
function nearest(row: readonly Placed[], piece: Placed): Placed | undefined {
  const last = row.at(-1);
  if (last === undefined || piece.left < last.right - heightOf(last) * 0.5) return undefined;
  const before = row.at(-2);
  return before !== undefined && heightOf(last) > heightOf(before) * 1.5 ? before : last;
}

function overlapShare(last: Placed | undefined, piece: Placed): number {
  if (last === undefined) return 0;
  const overlap = Math.min(piece.bottom, last.bottom) - Math.max(piece.top, last.top);
  return overlap / Math.min(heightOf(piece), heightOf(last));
}

function heightOf(piece: Placed): number {
  return piece.bottom - piece.top;
}

function place(segment: Segment, baselines: Baselines): Placed {
  const { cx, cy, width, height } = segment.box;
  const level = baselines.levelOf(cx, cy);
  const half = (width * Math.cos(baselines.angleAt(cx, cy))) / 2;
  return { segment, left: cx - half, right: cx + half, top: level - height / 2, bottom: level + height / 2 };
}

function middle(row: readonly Placed[]): number {
  const sum = row.reduce((total, piece) => total + (piece.top + piece.bottom) / 2, 0);
  return sum / Math.max(1, row.length);
}

function toLine(segments: readonly Segment[], usualHeight: number, width: number, height: number): Line {
  const characters = segments.reduce((sum, segment) => sum + segment.text.length, 0);
  const weighted = segments.reduce((sum, segment) => sum + segment.confidence * segment.text.length, 0);
  return {
    text: segments.map((segment) => segment.text).join(' '),
    confidence: characters === 0 ? 0 : weighted / characters,
    segments,
    region: regionOf(
      segments.map((segment) => segment.box),
      width,
      height,
    ),
    size: Math.max(0, ...segments.map((segment) => segment.box.height)) / usualHeight,
  };
}

/** The smallest upright part of the page that holds all boxes, as fractions. */
export function regionOf(boxes: readonly Box[], width: number, height: number): Region {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (const box of boxes) {
    const cos = Math.abs(Math.cos(box.angle));
    const sin = Math.abs(Math.sin(box.angle));
    const halfWidth = (box.width * cos + box.height * sin) / 2;
    const halfHeight = (box.width * sin + box.height * cos) / 2;
    left = Math.min(left, box.cx - halfWidth);
    right = Math.max(right, box.cx + halfWidth);
    top = Math.min(top, box.cy - halfHeight);
    bottom = Math.max(bottom, box.cy + halfHeight);
  }
  const x = fraction(left / width);
  const y = fraction(top / height);
  return { x, y, width: fraction(fraction(right / width) - x), height: fraction(fraction(bottom / height) - y) };
}

function fraction(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
