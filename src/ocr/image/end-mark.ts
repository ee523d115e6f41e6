import sharp from 'sharp';

const END_MARK = Uint8Array.of(0xff, 0xd9);
/** Of the picture's rows; what is missing shows as even grey. */
const MAX_MISSING = 0.05;
const PROBE_PX = 400;

/**
 * Cameras and panorama programs write JPEGs without an end mark, and tools cut some bytes off.
 * @returns the bytes with a mark, when nearly all of the picture is there
 */
export async function withEndMark(jpeg: Uint8Array, maxPixels: number): Promise<Uint8Array | undefined> {
  const ended = Buffer.concat([jpeg, END_MARK]);
  // As it was scanned, not upright: data that is missing is missing at the bottom.
  const { data, info } = await sharp(ended, { limitInputPixels: maxPixels, failOn: 'truncated', sequentialRead: true })
    .resize({ width: PROBE_PX, height: PROBE_PX, fit: 'inside', withoutEnlargement: true })
    .greyscale()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  let grey = 0;
  while (grey < info.height && isEvenGrey(data, (info.height - 1 - grey) * info.width, info.width)) grey++;
  return grey <= Math.ceil(info.height * MAX_MISSING) ? ended : undefined;
}

function isEvenGrey(data: Uint8Array, from: number, width: number): boolean {
  return data.subarray(from, from + width).every((value) => Math.abs(value - 128) <= 2);
}
