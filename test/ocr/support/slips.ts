import sharp from 'sharp';

/** Pictures of several slips, put together from photos of single ones. */
export const SLIP_PHOTOS = {
  first: 'assets/receipts/lidl_30042020_08_01958.jpg',
  second: 'assets/receipts/real_23032020_06_01662.jpg',
} as const;

/** One slip of a picture: how wide it is, where it lies and how it is turned. */
interface Laid {
  readonly file: string;
  readonly width: number;
  readonly left: number;
  readonly top: number;
  readonly degrees?: number;
}

/** Slips on a dark table; a later one lies on those before it. */
export async function onTable(laid: readonly Laid[]): Promise<Buffer> {
  const parts = await Promise.all(
    laid.map(async ({ file, width, left, top, degrees = 0 }) => {
      const flat = await sharp(file).resize({ width }).png().toBuffer();
      const turned = sharp(flat).rotate(degrees, { background: '#0000' });
      const { data, info } = await turned.png().toBuffer({ resolveWithObject: true });
      return { input: data, left, top, right: left + info.width, bottom: top + info.height };
    }),
  );
  const width = Math.max(...parts.map(({ right }) => right)) + 40;
  const height = Math.max(...parts.map(({ bottom }) => bottom)) + 40;
  return sharp({ create: { width, height, channels: 3, background: '#443' } })
    .composite(parts.map(({ input, left, top }) => ({ input, left, top })))
    .jpeg({ quality: 90 })
    .toBuffer();
}
