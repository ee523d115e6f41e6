import sharp from 'sharp';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { checkImage } from '../../src/queue/image/check.ts';
import { holdsPicture } from '../../src/queue/image/jpeg-scan.ts';

/** A telephone's panorama has no end mark either. */
let photo: Buffer;
beforeAll(async () => {
  const shown = sharp({ create: { width: 320, height: 480, channels: 3, background: '#c8d0e0' } });
  const whole = await shown.jpeg().toBuffer();
  photo = whole.subarray(0, -2);
});
afterEach(() => void vi.restoreAllMocks());

function tablesMade(): () => number {
  const fill = vi.spyOn(Uint16Array.prototype, 'fill');
  return () => fill.mock.calls.length;
}

const segment = (code: number, body: Uint8Array) =>
  Buffer.concat([Buffer.from([0xff, code, (body.length + 2) >> 8, (body.length + 2) & 0xff]), body]);
/** One code of each length, of a table that is replaced again and again. */
const TABLE = Buffer.concat([Buffer.from([0x03]), Buffer.alloc(16, 1), Buffer.alloc(16)]);
const TABLES = segment(0xc4, Buffer.concat(Array<Buffer>(1_900).fill(TABLE)));
const behindStart = (parts: readonly Buffer[]) => Buffer.concat([photo.subarray(0, 2), ...parts, photo.subarray(2)]);

it('[I11] of a hundred thousand tables in a JPEG only those are made that its picture is decoded with', async () => {
  const made = tablesMade();
  expect(await holdsPicture(photo)).toBe(true);
  const usual = made();
  expect(await holdsPicture(behindStart(Array<Buffer>(60).fill(TABLES)))).toBe(true);
  expect(made()).toBe(2 * usual);
});

it('[I11] a JPEG with more scans or segments than any picture has is none, whatever tables they name', async () => {
  const scanAt = photo.indexOf(Buffer.from([0xff, 0xda]));
  const tables = photo.subarray(photo.indexOf(Buffer.from([0xff, 0xc4])), scanAt);
  const scan = photo.subarray(scanAt, scanAt + 2 + photo.readUInt16BE(scanAt + 2));
  const made = tablesMade();
  const scans = Array<Buffer>(2_000).fill(Buffer.concat([tables, scan]));
  expect(await holdsPicture(Buffer.concat([photo.subarray(0, scanAt), ...scans, photo.subarray(scanAt)]))).toBe(false);
  expect(made()).toBeLessThan(200 * 400);
  const comments = Array<Buffer>(20_000).fill(segment(0xfe, Buffer.alloc(0)));
  expect(await holdsPicture(behindStart(comments))).toBe(false);
});

it.each([
  ['tables', () => [TABLES, TABLES], 'The JPEG has more tables than any picture.'],
  [
    'segments',
    () => Array<Buffer>(20_000).fill(segment(0xfe, Buffer.alloc(0))),
    'The JPEG has more parts than any picture.',
  ],
])('[I11] a JPEG with more %s than any picture is refused while it arrives', async (_what, parts, message) => {
  async function* pieces() {
    yield behindStart(parts());
  }
  const read = async () => {
    const { bytes } = await checkImage(pieces());
    for await (const _ of bytes);
  };
  await expect(read()).rejects.toMatchObject({ code: 'image_unreadable', message });
});
