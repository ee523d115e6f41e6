import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

const file = (name: string) => readFile(new URL(name, import.meta.url));

/** The photo of a receipt, as telephones write it: 12 tiles in a grid, lying, and turned for showing. `make.py` made it. */
export const turnedHeic = (): Promise<Buffer> => file('turned.heic');
/** The same, small, upright and in one piece. */
export const plainHeic = (): Promise<Buffer> => file('plain.heic');
/** 142 megapixels of white in 32 KB, whose head says 640 × 480. */
export const bombHeic = (): Promise<Buffer> => file('bomb.heic');
export const PHOTO = new URL('../../../assets/receipts/contoso-receipt-2.jpg', import.meta.url);
/** The total that stands on it. */
export const PHOTO_TOTAL = '2516.28';

export async function photoAvif(): Promise<Buffer> {
  return sharp(await readFile(PHOTO))
    .avif({ quality: 50, effort: 0 })
    .toBuffer();
}

/** The same file with another claim about the size of its picture. */
export function claimingHeif(bytes: Buffer, width: number, height: number): Buffer {
  const copy = Buffer.from(bytes);
  let found = 0;
  for (let at = copy.indexOf('ispe'); at >= 0; at = copy.indexOf('ispe', at + 4), found++) {
    copy.writeUInt32BE(width, at + 8);
    copy.writeUInt32BE(height, at + 12);
  }
  if (found === 0) throw new Error('The file says no size.');
  return copy;
}
