import { readFileSync } from 'node:fs';
import sharp from 'sharp';

/** A photograph of a real receipt. */
export const receiptPhoto: Buffer = readFileSync(
  new URL('../../../assets/receipts/contoso-receipt-2.jpg', import.meta.url),
);

let photos = 0;
/** The same photograph with a remark of its own, so that no upload is a duplicate of another. */
export function newPhoto(): Buffer {
  const remark = Buffer.from(`photo ${process.pid} ${++photos}`);
  const head = Buffer.from([0xff, 0xfe, 0, remark.length + 2]);
  return Buffer.concat([receiptPhoto.subarray(0, 2), head, remark, receiptPhoto.subarray(2)]);
}

/** A picture of noise, so that no encoder makes it tiny. */
export function picture(format: 'jpeg' | 'png' | 'webp', options: { progressive?: boolean } = {}): Promise<Buffer> {
  const pixels = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 2_654_435_761) % 251));
  const image = sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } });
  return format === 'jpeg' ? image.jpeg(options).toBuffer() : image[format]().toBuffer();
}

/** Bytes in pieces of a length of one's choice: where chunks end must never matter. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
