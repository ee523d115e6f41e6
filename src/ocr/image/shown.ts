import sharp from 'sharp';
import type { Pixels } from './pixels.ts';

/** Models shrink what is larger before they look at it. */
const SIDE_PX = 1_568;
/** A piece of a long slip is at most this many times as high as wide, so that its print keeps its size. */
const MAX_SHAPE = 1.6;
/** Pieces share this part, so that no line is cut in both. */
const SHARED = 0.06;
const MAX_PIECES = 6;
const QUALITY = 85;

/**
 * An upright picture as it is sent to a vision model: made anew, so nothing of the file goes along, neither places nor names
 * of devices; a long one in pieces from top to bottom.
 */
export async function jpegsOf({ width, height, data }: Pixels): Promise<Uint8Array[]> {
  const count = Math.min(MAX_PIECES, Math.max(1, Math.ceil(height / (width * MAX_SHAPE))));
  const step = height / count;
  const more = count === 1 ? 0 : step * SHARED;
  const jpegs: Uint8Array[] = [];
  for (let nth = 0; nth < count; nth++) {
    const top = Math.max(0, Math.floor(nth * step - more));
    const bottom = Math.min(height, Math.ceil((nth + 1) * step + more));
    const piece = sharp(data, { raw: { width, height, channels: 3 } })
      .extract({ left: 0, top, width, height: bottom - top })
      .resize({ width: SIDE_PX, height: SIDE_PX, fit: 'inside', withoutEnlargement: true });
    jpegs.push(await piece.jpeg({ quality: QUALITY }).toBuffer());
  }
  return jpegs;
}
