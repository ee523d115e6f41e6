import sharp from 'sharp';
import { type Part, pixelsOf, type Raw, type Wanted } from './raw.ts';

/** One channel, or interleaved ones, as a decoder holds them: rows of `stride` bytes. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly data: Uint8Array;
}

const WHOLE: Part = { x: 0, y: 0, width: 1, height: 1 };

/** Brightness and the two colours, which may be coarser → red, green and blue (ITU-T T.871, full range). */
export async function rgbOfPlanes(
  planes: { readonly y: Plane; readonly cb: Plane | undefined; readonly cr: Plane | undefined },
  wanted: Wanted,
): Promise<Raw> {
  const part = wanted.part ?? WHOLE;
  const size = shrunkSize(planes.y, part, wanted);
  const y = await shrunk(planes.y, part, size);
  if (!planes.cb || !planes.cr) return { ...size, data: grey(y) };
  const cb = await shrunk(planes.cb, part, size);
  const cr = await shrunk(planes.cr, part, size);
  const data = new Uint8ClampedArray(y.length * 3);
  for (let at = 0, to = 0; at < y.length; at++, to += 3) {
    const light = y[at] ?? 0;
    const blue = (cb[at] ?? 128) - 128;
    const red = (cr[at] ?? 128) - 128;
    data[to] = light + 1.402 * red;
    data[to + 1] = light - 0.344136 * blue - 0.714136 * red;
    data[to + 2] = light + 1.772 * blue;
  }
  return { ...size, data: new Uint8Array(data.buffer) };
}

/** Three bytes a pixel, already red, green and blue. */
export async function rgbOfInterleaved(plane: Plane, wanted: Wanted): Promise<Raw> {
  const part = wanted.part ?? WHOLE;
  const size = shrunkSize(plane, part, wanted);
  const rowBytes = plane.width * 3;
  const rows = Buffer.alloc(rowBytes * plane.height);
  for (let row = 0; row < plane.height; row++) {
    rows.set(plane.data.subarray(row * plane.stride, row * plane.stride + rowBytes), row * rowBytes);
  }
  const data = await sharp(rows, { raw: { width: plane.width, height: plane.height, channels: 3 } })
    .extract(pixelsOf(part, plane.width, plane.height))
    .resize({ ...size, fit: 'fill' })
    .raw()
    .toBuffer();
  return { ...size, data };
}

function shrunkSize(plane: Plane, part: Part, wanted: Wanted): { width: number; height: number } {
  const { width, height } = pixelsOf(part, plane.width, plane.height);
  const scale = Math.min(1, wanted.longestSide(width, height) / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Read in place: rows are as long as the decoder made them, and what fills them up is cut off. */
function shrunk(plane: Plane, part: Part, size: { width: number; height: number }): Promise<Buffer> {
  return sharp(plane.data, { raw: { width: plane.stride, height: plane.height, channels: 1 } })
    .extract(pixelsOf(part, plane.width, plane.height))
    .resize({ ...size, fit: 'fill' })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer();
}

function grey(light: Uint8Array): Uint8Array {
  const data = new Uint8Array(light.length * 3);
  for (let at = 0; at < light.length; at++) data.fill(light[at] ?? 0, at * 3, at * 3 + 3);
  return data;
}
