import sharp from 'sharp';
import { IMAGE } from '../contract/policies.ts';
import { decodeHeic } from '../decode/heic.ts';
import { openPdf } from '../decode/pdf.ts';
import { DecodeError, pixelsOf, type Raw } from '../decode/raw.ts';
import { foreignKindOf } from '../decode/sniff.ts';
import { drawPart } from '../decode/stack.ts';
import type { Region } from '../ports.ts';
import { withoutPngExtras } from './png-extras.ts';
import { type StoredPiece, storedPiece } from './region.ts';

const QUALITY = 85;
/** More is not looked at on a screen; it bounds what the piece takes while it is turned. */
const MAX_SIDE_PX = 3_200;
const END_MARK = Buffer.from([0xff, 0xd9]);
const OPTIONS = { limitInputPixels: IMAGE.maxPixels, failOn: 'truncated', sequentialRead: true, pages: 1 } as const;
const JPEG_START = Buffer.from([0xff, 0xd8]);

/** A piece as it was cut out, and what is still to be done with it. */
interface Cut extends Pick<StoredPiece, 'mirrored' | 'turnDegrees'> {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/**
 * Cuts a part of the upright page out of a picture; no more than that part is ever held decoded. Of a document the page is
 * its first pages, one under another.
 * @param turnedDegrees clockwise, beyond what EXIF says
 * @returns a JPEG; rejects with the decoder's error
 */
export async function cutRegion(file: Buffer, region: Region, turnedDegrees: number): Promise<Buffer> {
  const { data, mirrored, turnDegrees, ...size } = await cutOut(file, region, turnedDegrees);
  // Two steps: in one, the library turns before it mirrors.
  const straight = mirrored ? await sharp(data, { raw: size }).flop().raw().toBuffer() : data;
  return sharp(straight, { raw: size }).rotate(turnDegrees).jpeg({ quality: QUALITY }).toBuffer();
}

function cutOut(file: Buffer, region: Region, turnedDegrees: number): Promise<Cut> {
  const kind = foreignKindOf(file);
  switch (kind) {
    case undefined:
      return cutPicture(file, region, turnedDegrees);
    case 'heic':
    case 'pdf': {
      // Their decoders turn them by themselves, so the reading's turn is the only one left.
      const piece = storedPiece(region, 1, turnedDegrees);
      const drawn = kind === 'heic' ? heicPart(file, piece.region) : pdfPart(file, piece.region);
      return drawn.then((raw) => ({ ...piece, ...raw, channels: 3 }));
    }
  }
}

function heicPart(file: Buffer, part: Region): Promise<Raw> {
  return decodeHeic(file, { check: checkSize, longestSide: () => MAX_SIDE_PX, part });
}

async function pdfPart(file: Buffer, part: Region): Promise<Raw> {
  return drawPart(await openPdf(file), part, (width, height) => Math.min(MAX_SIDE_PX, Math.max(width, height)));
}

function checkSize(width: number, height: number): void {
  if (width * height <= IMAGE.maxPixels) return;
  throw new DecodeError('too_large', `The image has ${width} × ${height} pixels.`);
}

async function cutPicture(file: Buffer, region: Region, turnedDegrees: number): Promise<Cut> {
  // Behind the end of a whole JPEG the mark is ignored; one that was stored without is decoded by it.
  const isJpeg = file.subarray(0, JPEG_START.length).equals(JPEG_START);
  const bytes = isJpeg ? Buffer.concat([file, END_MARK]) : withoutPngExtras(file);
  const { width, height, orientation = 1 } = await sharp(bytes, OPTIONS).metadata();
  const piece = storedPiece(region, orientation, turnedDegrees);
  const { data, info } = await sharp(bytes, OPTIONS)
    .extract(pixelsOf(piece.region, width, height))
    .resize({ width: MAX_SIDE_PX, height: MAX_SIDE_PX, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { ...piece, data, width: info.width, height: info.height, channels: info.channels };
}
