import sharp from 'sharp';

/** Tried in turn. A photograph fits by the second or third; noise of the last size still fits into 100 KB. */
const SIDES_PX = [1_600, 1_200, 900, 650, 450, 300] as const;
const QUALITY = 70;

/**
 * A JPEG of at most so many bytes.
 * @returns the same bytes when they fit, else the largest of a few sizes that does, or the smallest
 */
export async function shrunkTo(jpeg: Buffer, maxBytes: number): Promise<Buffer> {
  let smaller = jpeg;
  for (const side of SIDES_PX) {
    if (smaller.length <= maxBytes) break;
    smaller = await sharp(jpeg)
      .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
      .jpeg({ quality: QUALITY })
      .toBuffer();
  }
  return smaller;
}
