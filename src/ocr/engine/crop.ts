import type { Pixels } from '../image/pixels.ts';
import type { Box } from './box.ts';

/** A rectified line of print: one plane a colour (blue, green, red), values -1 to 1, row by row. */
export interface Crop {
  readonly width: number;
  readonly height: number;
  readonly planes: Float32Array;
}

const CROP = {
  heightPx: 48,
  /** Columns the network folds into one step. */
  stepPx: 8,
  minWidthPx: 16,
  /** A line as wide as the whole page at the smallest print. */
  maxWidthPx: 3_200,
  /** What a crop takes above its box, as a share of the height: the dots of Ä Ö Ü stand where detection sees no print. */
  topShare: 0.06,
} as const;

/** Cuts a box out of a picture and straightens it. `upsideDown` reads it from the other end. */
export function cutOut(pixels: Pixels, tight: Box, upsideDown = false): Crop {
  const direction = upsideDown ? -1 : 1;
  const box = withTop(tight, direction);
  const height = CROP.heightPx;
  const wanted = Math.round((box.width / box.height) * (height / CROP.stepPx)) * CROP.stepPx;
  const width = Math.min(CROP.maxWidthPx, Math.max(CROP.minWidthPx, wanted));
  const planes = new Float32Array(width * height * 3);
  const alongX = (direction * Math.cos(box.angle) * box.width) / width;
  const alongY = (direction * Math.sin(box.angle) * box.width) / width;
  const downX = (direction * -Math.sin(box.angle) * box.height) / height;
  const downY = (direction * Math.cos(box.angle) * box.height) / height;
  const samples = Math.min(4, Math.max(1, Math.round(box.height / height)));
  const left = box.cx - alongX * (width / 2) - downX * (height / 2);
  const top = box.cy - alongY * (width / 2) - downY * (height / 2);
  const sum: [number, number, number] = [0, 0, 0];
  const plane = width * height;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      sum[0] = sum[1] = sum[2] = 0;
      for (let i = 0; i < samples; i++) {
        const down = row + (i + 0.5) / samples;
        for (let j = 0; j < samples; j++) {
          const along = column + (j + 0.5) / samples;
          addSample(pixels, left + along * alongX + down * downX, top + along * alongY + down * downY, sum);
        }
      }
      const factor = 1 / (samples * samples * 127.5);
      const at = row * width + column;
      planes[at] = sum[2] * factor - 1;
      planes[plane + at] = sum[1] * factor - 1;
      planes[2 * plane + at] = sum[0] * factor - 1;
    }
  }
  return { width, height, planes };
}

function withTop(box: Box, direction: 1 | -1): Box {
  const more = box.height * CROP.topShare;
  return {
    ...box,
    height: box.height + more,
    cx: box.cx + (direction * Math.sin(box.angle) * more) / 2,
    cy: box.cy - (direction * Math.cos(box.angle) * more) / 2,
  };
}

/** Adds the bilinear colour at a point; beyond the edge the outermost pixels go on. */
function addSample({ width, height, data }: Pixels, x: number, y: number, sum: [number, number, number]): void {
  const u = Math.min(width - 1, Math.max(0, x - 0.5));
  const v = Math.min(height - 1, Math.max(0, y - 0.5));
  const x0 = Math.floor(u);
  const y0 = Math.floor(v);
  const fx = u - x0;
  const fy = v - y0;
  const right = x0 + 1 < width ? 3 : 0;
  const below = y0 + 1 < height ? width * 3 : 0;
  const at = (y0 * width + x0) * 3;
  const w00 = (1 - fx) * (1 - fy);
  const w10 = fx * (1 - fy);
  const w01 = (1 - fx) * fy;
  const w11 = fx * fy;
  for (let c = 0; c < 3; c++) {
    const i = at + c;
    const value =
      (data[i] ?? 0) * w00 +
      (data[i + right] ?? 0) * w10 +
      (data[i + below] ?? 0) * w01 +
      (data[i + right + below] ?? 0) * w11;
    sum[c as 0 | 1 | 2] += value;
  }
}

/** How far dark and light lie apart in a box (0 to 255), from a coarse grid of points. */
export function contrastOf(pixels: Pixels, box: Box): number {
  const counts = new Uint32Array(256);
  const columns = Math.max(16, Math.min(120, Math.round((box.width / box.height) * 12)));
  const rows = 12;
  const cos = Math.cos(box.angle);
  const sin = Math.sin(box.angle);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const along = ((column + 0.5) / columns - 0.5) * box.width;
      const down = ((row + 0.5) / rows - 0.5) * box.height;
      const x = Math.min(pixels.width - 1, Math.max(0, Math.floor(box.cx + along * cos - down * sin)));
      const y = Math.min(pixels.height - 1, Math.max(0, Math.floor(box.cy + along * sin + down * cos)));
      const at = (y * pixels.width + x) * 3;
      const light = ((pixels.data[at] ?? 0) + (pixels.data[at + 1] ?? 0) * 2 + (pixels.data[at + 2] ?? 0)) >> 2;
      counts[light] = (counts[light] ?? 0) + 1;
    }
  }
  const points = rows * columns;
  return quantile(counts, points * 0.97) - quantile(counts, points * 0.03);
}

function quantile(counts: Uint32Array, wanted: number): number {
  let sum = 0;
  for (let value = 0; value < counts.length; value++) {
    sum += counts[value] ?? 0;
    if (sum >= wanted) return value;
  }
  return counts.length - 1;
}
