import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/ocr/image/decode.ts';
import { withoutPngExtras } from '../../../src/ocr/image/png-chunks.ts';

const SIDE_PX = 40;
const picture = () =>
  sharp({ create: { width: SIDE_PX, height: SIDE_PX, channels: 3, background: '#336699' } })
    .png()
    .toBuffer();

/** Checksum of a chunk (PNG specification, annex D). */
function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(name: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length);
  bytes.write(name, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crcOf(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

/** Behind the header: eight bytes of signature and the IHDR chunk of 25. */
const HEADER_END = 33;
function withChunks(png: Buffer, chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([png.subarray(0, HEADER_END), ...chunks, png.subarray(HEADER_END)]);
}

const packed = deflateSync(Buffer.alloc(4_000_000, 'A'));
/** Texts and profiles as an attacker packs them: small in the file, large once they are unpacked. */
const BOMBS: Readonly<Record<string, Buffer>> = {
  zTXt: chunk('zTXt', Buffer.concat([Buffer.from('note\0\0', 'latin1'), packed])),
  iTXt: chunk('iTXt', Buffer.concat([Buffer.from('note\0\x01\0\0\0', 'latin1'), packed])),
  tEXt: chunk('tEXt', Buffer.alloc(60_000, 'A')),
  iCCP: chunk('iCCP', Buffer.concat([Buffer.from('p\0\0', 'latin1'), packed])),
  teSt: chunk('teSt', Buffer.alloc(60_000, 'A')),
};

describe('a PNG on its way to the decoder', () => {
  for (const [name, bomb] of Object.entries(BOMBS)) {
    it(`[S5] loses its ${name} chunks and shows the same picture`, async () => {
      const plain = await picture();
      const loaded = withChunks(
        plain,
        Array.from({ length: 20 }, () => bomb),
      );
      expect(withoutPngExtras(loaded).length).toBeLessThanOrEqual(plain.length);
      const { data } = await decodeImage(loaded);
      expect(Buffer.compare(Buffer.from(data), Buffer.from((await decodeImage(plain)).data))).toBe(0);
    });
  }

  it('is left as it is when it is something else, cut at any byte, or claims any length', async () => {
    const plain = await picture();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: plain.length }), (noise, at) => {
        expect(withoutPngExtras(noise).length).toBe(noise.length);
        const spoilt = Buffer.from(plain);
        spoilt.set(noise.subarray(0, Math.max(0, plain.length - at)), at);
        expect(withoutPngExtras(spoilt).length).toBeLessThanOrEqual(spoilt.length);
        expect(withoutPngExtras(plain.subarray(0, at)).length).toBeLessThanOrEqual(at);
      }),
    );
  });
});
