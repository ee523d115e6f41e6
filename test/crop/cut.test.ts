import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createCropper } from '../../src/crop/cropper.ts';
import { cutRegion } from '../../src/crop/cut.ts';
import { receiptPhoto } from '../http/support/images.ts';

/** Twelve fields of different colours, so that every turn and mirror shows. */
async function pattern(orientation: number): Promise<Buffer> {
  const [width, height] = [400, 300];
  const data = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at++) {
    const [column, row] = [Math.floor((at % width) / 100), Math.floor(at / width / 100)];
    data.set([40 + column * 60, 40 + row * 90, (column + row) % 2 ? 220 : 30], at * 3);
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 95 })
    .withMetadata({ orientation })
    .toBuffer();
}

/** By decoding and turning all of the page first. */
async function expected(
  bytes: Buffer,
  region: { x: number; y: number; width: number; height: number },
  turned: number,
) {
  const upright = await sharp(bytes).autoOrient().png().toBuffer();
  const page = sharp(await sharp(upright).rotate(turned).png().toBuffer());
  const { width, height } = await page.metadata();
  return page
    .extract({
      left: Math.round(region.x * width),
      top: Math.round(region.y * height),
      width: Math.round(region.width * width),
      height: Math.round(region.height * height),
    })
    .raw()
    .toBuffer({ resolveWithObject: true });
}

describe('a region of a page', () => {
  const ways = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((orientation) =>
    [0, 90, 180, 270].map((turned) => [orientation, turned] as const),
  );

  it.each(ways)(
    'is the same with orientation %i, turned by %i°, as cut from the whole page',
    async (orientation, turned) => {
      const bytes = await pattern(orientation);
      for (const region of [
        { x: 0, y: 0, width: 0.5, height: 0.25 },
        { x: 0.5, y: 0.25, width: 0.25, height: 0.75 },
        { x: 0, y: 0, width: 1, height: 1 },
      ]) {
        const want = await expected(bytes, region, turned);
        const cut = await sharp(await cutRegion(bytes, region, turned))
          .raw()
          .toBuffer({ resolveWithObject: true });
        expect([cut.info.width, cut.info.height]).toEqual([want.info.width, want.info.height]);
        const difference = want.data.reduce((sum, value, at) => sum + Math.abs(value - (cut.data[at] ?? 0)), 0);
        expect(difference / want.data.length).toBeLessThan(6);
      }
    },
  );

  it('is cut from a JPEG without an end mark', async () => {
    const bytes = receiptPhoto.subarray(0, receiptPhoto.length - 2);
    await expect(cutRegion(bytes, { x: 0.1, y: 0.1, width: 0.2, height: 0.2 }, 0)).resolves.toBeInstanceOf(Buffer);
  });
});

describe('[S5] a picture that is made to take memory', () => {
  const region = { x: 0.4, y: 0.4, width: 0.2, height: 0.1 };
  const crop = (bytes: Uint8Array) => {
    async function* once() {
      yield bytes;
    }
    return createCropper().crop(once(), region, 90);
  };

  it('of 49 megapixels with 16 bits and transparency is cut without holding it decoded', async () => {
    const bytes = await sharp({ create: { width: 7_000, height: 7_000, channels: 4, background: '#1234' } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await crop(bytes)).length).toBeGreaterThan(0);
  });

  it('by thousands of packed texts loses them before it is decoded', async () => {
    const png = await sharp(receiptPhoto).resize(600).png().toBuffer();
    const data = Buffer.concat([Buffer.from('zTXtx\0\0'), Buffer.alloc(1_000, 'z')]);
    const chunk = Buffer.concat([Buffer.alloc(4), data, Buffer.alloc(4)]);
    chunk.writeUInt32BE(data.length - 4, 0);
    chunk.writeUInt32BE(crc32(data), chunk.length - 4);
    const hostile = Buffer.concat([
      png.subarray(0, 33),
      ...Array.from({ length: 3_000 }, () => chunk),
      png.subarray(33),
    ]);
    expect((await crop(hostile)).length).toBeGreaterThan(0);
  });
});
