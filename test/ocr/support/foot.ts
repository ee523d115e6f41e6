import sharp from 'sharp';

/** The part of a receipt below its items: read for its total in a fraction of the time of the whole. */
export async function footOf(receipt: Buffer): Promise<Buffer> {
  const { width, height } = await sharp(receipt).metadata();
  return sharp(receipt)
    .extract({ left: 0, top: Math.round(height * 0.5), width, height: Math.round(height * 0.4) })
    .jpeg({ quality: 92 })
    .toBuffer();
}
