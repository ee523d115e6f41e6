import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/contract/errors.ts';
import { IMAGE } from '../../src/contract/policies.ts';
import { IMAGE_LIMITS } from '../../src/ocr/image/limits.ts';
import { checkImage } from '../../src/queue/image/check.ts';
import { chunkOf, claiming, formats, isJpeg, isPng, MAKERS, piecesOf, without } from './support/image-parts.ts';
import { decodes, verdictOf } from './support/verdict.ts';

const SNIFFED_BYTES = 42;

describe.each(formats)('%s', (format) => {
  it('[S5] is accepted and decoded as it is, with bytes behind its end, and in any pieces', async () => {
    const bytes = await MAKERS[format]();
    for (const variant of [bytes, Buffer.concat([bytes, Buffer.from('a film'.repeat(1_000))])]) {
      for (const size of [7, 1_000, 65_536]) expect(await verdictOf(variant, size)).toBe('accepted');
      expect(await decodes(variant)).toBe(true);
    }
  });

  it('[S5] is refused where it claims a size that is not read, and decoded where its claim is accepted', async () => {
    const bytes = await MAKERS[format]();
    const most = isPng(format) ? 2 ** 31 - 1 : isJpeg(format) ? 65_535 : 16_383;
    const claims: [number, number, string][] = [
      [most, most, 'image_too_large'],
      [most, 4_000, 'image_too_large'],
      [15, 640, 'image_unreadable'],
      [480, 1, 'image_unreadable'],
      ...(isJpeg(format) || isPng(format) ? [[0, 640, 'image_unreadable'] as [number, number, string]] : []),
      ...(isJpeg(format) || isPng(format) ? [[20_001, 16, 'image_too_large'] as [number, number, string]] : []),
      [8_000, 6_251, 'image_too_large'],
    ];
    for (const [width, height, code] of claims) {
      expect([width, height, await verdictOf(claiming(format, bytes, width, height))]).toEqual([width, height, code]);
    }
  });

  it('[S5] cut at every structural place, and within every part, is refused, or decoded', async () => {
    const bytes = await MAKERS[format]();
    const cuts = piecesOf(format, bytes).flatMap(({ at, end }) => [at, at + 1, at + 5, (at + end) >> 1, end - 1]);
    for (const cut of new Set(cuts)) {
      const part = bytes.subarray(0, cut);
      const verdict = await verdictOf(part);
      if (verdict === 'accepted') expect([cut, await decodes(part)]).toEqual([cut, true]);
      // Too short to be told from any other file.
      else if (cut < SNIFFED_BYTES) expect(verdict).toMatch(/^(image_unreadable|unsupported_image)$/);
      else expect(verdict).toBe('image_unreadable');
    }
  });

  it('[S5] without one of its parts is refused, or decoded', async () => {
    const bytes = await MAKERS[format]();
    const pieces = piecesOf(format, bytes);
    for (const { name } of pieces) {
      const rest = without(bytes, pieces, new RegExp(`^${name}$`));
      const verdict = await verdictOf(rest);
      if (verdict === 'accepted' && !(isJpeg(format) && name === 'd9')) {
        expect([name, await decodes(rest)]).toEqual([name, true]);
      } else if (verdict !== 'accepted') expect(['image_unreadable', 'unsupported_image']).toContain(verdict);
    }
    if (isJpeg(format)) {
      for (const tables of [/^c4$/, /^db$/])
        expect(await verdictOf(without(bytes, pieces, tables))).toBe('image_unreadable');
    }
    const data = isJpeg(format) ? /^da$/ : isPng(format) ? /^IDAT$/ : /^VP8[ L]$/;
    expect(await verdictOf(without(bytes, pieces, data))).toBe('image_unreadable');
  });
});

describe.each(['jpeg', 'progressive', 'restarts', 'grey'] as const)('a %s without its end mark', (format) => {
  it('is whole when its picture is there: cut, followed by a trailer, or a little short', async () => {
    const bytes = await MAKERS[format]();
    const open = bytes.subarray(0, bytes.length - 2);
    const variants = [
      open,
      Buffer.concat([open, Buffer.from('SEFT'.repeat(500))]),
      Buffer.concat([open, Buffer.alloc(1_000)]),
      open.subarray(0, open.length - 20),
    ];
    for (const variant of variants) {
      expect(await verdictOf(variant)).toBe('accepted');
      expect(await decodes(variant)).toBe(true);
    }
  });

  it('is refused when a good part of its picture is missing', async () => {
    const bytes = await MAKERS[format]();
    // A progressive one lacks only fine detail once its last scan has begun.
    for (const part of format === 'progressive' ? [0.1, 0.3, 0.5] : [0.1, 0.3, 0.5, 0.7, 0.9]) {
      expect(await verdictOf(bytes.subarray(0, Math.floor(bytes.length * part)))).toBe('image_unreadable');
    }
  });
});

const png = (...chunks: Buffer[]) => Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]);
const header = (width: number, height: number, rest = [8, 2, 0, 0, 0]) => {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set(rest, 8);
  return chunkOf('IHDR', data);
};
const end = chunkOf('IEND', Buffer.alloc(0));

describe('a file of almost nothing', () => {
  const data = chunkOf('IDAT', Buffer.from([0x78, 0x9c, 3, 0, 0, 0, 0, 1]));
  const segment = (code: number, content: Buffer | string) => {
    const body = Buffer.from(content);
    return Buffer.concat([Buffer.from([0xff, code, (body.length + 2) >> 8, (body.length + 2) & 255]), body]);
  };
  const jpeg = (...segments: Buffer[]) =>
    Buffer.concat([Buffer.from([0xff, 0xd8]), ...segments, Buffer.from([0xff, 0xd9])]);

  it.each<[string, Buffer, string]>([
    ['a PNG that claims (2^31−1)² pixels', png(header(2 ** 31 - 1, 2 ** 31 - 1), data, end), 'image_too_large'],
    ['a PNG without picture data', png(header(100, 100), end), 'image_unreadable'],
    ['a PNG with empty picture data', png(header(100, 100), chunkOf('IDAT', Buffer.alloc(0)), end), 'image_unreadable'],
    ['a PNG with picture data for one row', png(header(5_000, 5_000), data, end), 'image_unreadable'],
    [
      'a PNG whose header is second',
      png(chunkOf('tEXt', Buffer.from('a\0b')), header(100, 100), data, end),
      'unsupported_image',
    ],
    [
      'a PNG of a colour type that does not exist',
      png(header(100, 100, [8, 5, 0, 0, 0]), data, end),
      'image_unreadable',
    ],
    ['a PNG of a depth that does not exist', png(header(100, 100, [3, 2, 0, 0, 0]), data, end), 'image_unreadable'],
    ['a PNG without its palette', png(header(100, 100, [8, 3, 0, 0, 0]), data, end), 'image_unreadable'],
    [
      'a PNG with 2,000 texts and no picture',
      png(header(100, 100), ...Array.from({ length: 2_000 }, () => chunkOf('zTXt', Buffer.alloc(50))), end),
      'image_unreadable',
    ],
    ['a JPEG of a comment only', jpeg(segment(0xfe, 'a comment')), 'image_unreadable'],
    ['a JPEG of nothing', jpeg(), 'image_unreadable'],
    [
      'a JPEG with a frame and no scan',
      jpeg(segment(0xc0, Buffer.from([8, 0, 100, 0, 100, 1, 1, 0x11, 0]))),
      'image_unreadable',
    ],
    ['a JPEG with a scan and no frame', jpeg(segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0]))), 'image_unreadable'],
    [
      'a JPEG with an empty scan',
      jpeg(
        segment(0xc0, Buffer.from([8, 0, 200, 0, 200, 1, 1, 0x11, 0])),
        segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
      ),
      'image_unreadable',
    ],
    ['a lossless JPEG', jpeg(segment(0xc3, Buffer.from([8, 0, 100, 0, 100, 1, 1, 0x11, 0]))), 'unsupported_image'],
    ['a JPEG of 12 bits', jpeg(segment(0xc1, Buffer.from([12, 0, 100, 0, 100, 1, 1, 0x11, 0]))), 'unsupported_image'],
    [
      'a JPEG of 50,000 comments',
      jpeg(...Array.from({ length: 50_000 }, () => segment(0xfe, 'x'))),
      'image_unreadable',
    ],
    ['a WebP of a header only', Buffer.from('RIFF\x04\0\0\0WEBP', 'latin1'), 'image_unreadable'],
    [
      'a WebP with a canvas and no picture',
      Buffer.from('RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x63\0\0\x63\0\0', 'latin1'),
      'image_unreadable',
    ],
    [
      'a WebP with a canvas of 2^48 pixels',
      Buffer.from('RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff', 'latin1'),
      'image_too_large',
    ],
  ])('%s is refused as %s before an agent is called', async (_name, bytes, code) => {
    for (const size of [1, 1_000]) expect(await verdictOf(bytes, size)).toBe(code);
  });
});

describe('the limits of a picture', () => {
  it('[S5] are the same at the door and in the reader, and the error table names them', () => {
    expect(IMAGE_LIMITS).toMatchObject({
      maxPixels: IMAGE.maxPixels,
      maxSidePx: IMAGE.maxSidePx,
      minSidePx: IMAGE.minSidePx,
    });
    const { hint } = ERRORS.image_too_large;
    expect(hint).toContain(`${IMAGE.maxPixels / 1_000_000} megapixels`);
    expect(hint).toContain(`${IMAGE.maxSidePx.toLocaleString('en')} pixels`);
  });

  it('refuse a picture of 20,000 × 20,000 that is really there', async () => {
    // One bit a pixel: a library for pictures takes eight seconds to write as much.
    const rows = Buffer.alloc(20_000 * (1 + 20_000 / 8));
    const picture = chunkOf('IDAT', deflateSync(rows, { level: 1 }));
    const bytes = png(header(20_000, 20_000, [1, 0, 0, 0, 0]), picture, end);
    expect(await sharp(bytes, { limitInputPixels: false }).metadata()).toMatchObject({ width: 20_000, height: 20_000 });
    expect(await verdictOf(bytes)).toBe('image_too_large');
  });

  it('a refusal by the size comes with the head of the file', async () => {
    const bytes = claiming('png', await MAKERS.png(), 30_000, 30_000);
    let asked = 0;
    async function* endless() {
      yield bytes.subarray(0, 5_000);
      for (;;) {
        asked++;
        yield bytes.subarray(0, 5_000);
      }
    }
    await expect(checkImage(endless())).rejects.toMatchObject({ code: 'image_too_large' });
    expect(asked).toBe(0);
  });
});
