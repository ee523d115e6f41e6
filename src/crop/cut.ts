import sharp from 'sharp';
import { IMAGE } from '../contract/policies.ts';
import type { Region } from '../ports.ts';
import { withoutPngExtras } from './png-extras.ts';
import { storedPiece } from './region.ts';

const QUALITY = 85;
/** More is not looked at on a screen; it bounds what the piece takes while it is turned. */
const MAX_SIDE_PX = 3_200;
const END_MARK = Buffer.from([0xff, 0xd9]);
const OPTIONS = { limitInputPixels: IMAGE.maxPixels, failOn: 'truncated', sequentialRead: true, pages: 1 } as const;

/**
 * Cuts a part of the upright page out of a picture; no more than that part is ever held decoded.
 * @param turnedDegrees clockwise, beyond what EXIF says
 * @returns a JPEG; rejects with the decoder's error
 */
export async function cutRegion(file: Buffer, region: Region, turnedDegrees: number): Promise<Buffer> {
  // Behind the end of a whole JPEG the mark is ignored; one that was stored without is decoded by it.
  const bytes = file[0] === 0xff ? Buffer.concat([file, END_MARK]) : withoutPngExtras(file);
  const { width, height, orientation = 1 } = await sharp(bytes, OPTIONS).metadata();
  const piece = storedPiece(region, orientation, turnedDegrees);
  const { data, info } = await sharp(bytes, OPTIONS)
    .extract({
      ...span('left', 'width', piece.region.x, piece.region.width, width),
      ...span('top', 'height', piece.region.y, piece.region.height, height),
    })
    .resize({ width: MAX_SIDE_PX, height: MAX_SIDE_PX, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  // Two steps: in one, the library turns before it mirrors.
  const mirrored = piece.mirrored ? await sharp(data, { raw }).flop().raw().toBuffer() : data;
  return sharp(mirrored, { raw }).rotate(piece.turnDegrees).jpeg({ quality: QUALITY }).toBuffer();
}

/** What sums of fractions are off by must not become a pixel. */
const EPSILON = 1e-6;

function span<At extends string, Length extends string>(
  at: At,
  length: Length,
  from: number,
  part: number,
  whole: number,
) {
  const start = Math.max(0, Math.min(whole - 1, Math.floor(from * whole + EPSILON)));
  const pixels = Math.max(1, Math.min(whole - start, Math.ceil(part * whole - EPSILON)));
  return { [at]: start, [length]: pixels } as Record<At | Length, number>;
}
