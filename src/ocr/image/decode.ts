import sharp from 'sharp';
import { decodeHeic } from '../../decode/heic.ts';
import { DecodeError } from '../../decode/raw.ts';
import { AgentError } from '../errors.ts';
import { withEndMark } from './end-mark.ts';
import { IMAGE_LIMITS } from './limits.ts';
import type { Pixels } from './pixels.ts';
import { withoutPngExtras } from './png-chunks.ts';
import { sniffImage } from './sniff.ts';

// Nothing is kept between pictures and one thread decodes: a lane's memory and its share of the processor stay flat.
sharp.cache(false);
sharp.concurrency(1);

/**
 * Decodes untrusted bytes into an upright picture on white, shrunk to the size the engine works on.
 * Throws AgentError: unsupported_image, image_too_large, image_unreadable.
 */
export async function decodeImage(file: Uint8Array): Promise<Pixels> {
  const kind = sniffImage(file);
  if (kind === undefined || kind === 'pdf') {
    throw new AgentError('unsupported_image', 'The image is not a JPEG, PNG, WebP, GIF, HEIC, AVIF or PDF.');
  }
  if (kind === 'heic') {
    return decodeHeic(file, { check: checkSize, longestSide: workingSide }).catch((error: unknown) => {
      throw error instanceof DecodeError ? unreadable(error) : error;
    });
  }
  const bytes = withoutPngExtras(file);
  const { width, height } = await readSize(bytes);
  checkSize(width, height);
  const side = workingSide(width, height);
  try {
    return await decode(bytes, side);
  } catch (cause) {
    const ended = kind === 'jpeg' ? await withEndMark(bytes, IMAGE_LIMITS.maxPixels).catch(() => undefined) : undefined;
    if (!ended) throw unreadable(cause);
    return decode(ended, side).catch((error: unknown) => {
      throw unreadable(error);
    });
  }
}

/** @throws AgentError image_too_large */
export function checkBytes(file: Uint8Array): void {
  if (file.length <= IMAGE_LIMITS.maxBytes) return;
  throw new AgentError('image_too_large', `The image has more than ${IMAGE_LIMITS.maxBytes} bytes.`);
}

async function decode(bytes: Uint8Array, side: number): Promise<Pixels> {
  // Only a file that ends too early is refused; small defects of a camera's JPEG writer are not.
  const { data, info } = await sharp(bytes, {
    limitInputPixels: IMAGE_LIMITS.maxPixels,
    failOn: 'truncated',
    sequentialRead: true,
    pages: 1,
  })
    .rotate()
    .flatten({ background: '#ffffff' })
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels === 3) return { width: info.width, height: info.height, data };
  return { width: info.width, height: info.height, data: threeChannels(data, info.channels) };
}

async function readSize(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  try {
    const { width, height } = await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata();
    return { width, height };
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** How long the longest side stays, whichever way the picture is turned. */
export function workingSide(width: number, height: number): number {
  const long = Math.max(width, height);
  const short = Math.min(width, height);
  const { workingSidePx, workingWidthPx, workingPixels } = IMAGE_LIMITS;
  const readable = Math.max(workingSidePx / long, workingWidthPx / short);
  return Math.round(long * Math.min(1, readable, Math.sqrt(workingPixels / (long * short))));
}

/** @throws AgentError image_too_large, image_unreadable */
export function checkSize(width: number, height: number): void {
  if (width * height > IMAGE_LIMITS.maxPixels || Math.max(width, height) > IMAGE_LIMITS.maxSidePx) {
    throw new AgentError(
      'image_too_large',
      `The image has ${width} × ${height} pixels; at most ${IMAGE_LIMITS.maxPixels} pixels and ${IMAGE_LIMITS.maxSidePx} a side are read.`,
    );
  }
  if (Math.min(width, height) < IMAGE_LIMITS.minSidePx) {
    throw new AgentError('image_unreadable', `The image has ${width} × ${height} pixels: too few to hold print.`);
  }
}

function threeChannels(data: Uint8Array, channels: number): Uint8Array {
  const pixels = Math.floor(data.length / channels);
  const out = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) out[i * 3 + c] = data[i * channels + (channels >= 3 ? c : 0)] ?? 0;
  }
  return out;
}

function unreadable(cause: unknown): AgentError {
  const error = new AgentError('image_unreadable', 'The image is damaged or ends too early.');
  error.cause = cause;
  return error;
}
