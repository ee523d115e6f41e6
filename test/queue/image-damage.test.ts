import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { passImage } from '../../src/queue/image/check.ts';
import { countRows } from '../../src/queue/image/png-rows.ts';
import { chunkOf, MAKERS, type Piece, piecesOf } from './support/image-parts.ts';
import { decodes, readable, verdictOf } from './support/verdict.ts';

describe.each(['jpeg', 'progressive', 'restarts', 'grey'] as const)('a %s', (format) => {
  it('[S5] without any one of its tables is refused', async () => {
    const bytes = await MAKERS[format]();
    const idOf = ({ name, at }: Piece) => `${name} ${bytes[at + 4]}`;
    // Of a table that is sent anew, only a decoder misses the later one.
    const tables = piecesOf(format, bytes).filter(
      (piece, index, all) =>
        ['c4', 'db'].includes(piece.name) && all.findIndex((other) => idOf(other) === idOf(piece)) === index,
    );
    for (const { at, end } of tables) {
      const rest = Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
      expect([at, await verdictOf(rest, 100)]).toEqual([at, 'image_unreadable']);
    }
    const [first] = tables;
    const cut = Buffer.from(bytes);
    // Longer than it says: its last table is not whole.
    if (first) cut.writeUInt16BE(first.end - first.at - 3, first.at + 2);
    expect(await verdictOf(cut)).toBe('image_unreadable');
  });
});

describe.each(['png', 'palette', 'interlaced'] as const)('a %s', (format) => {
  const pictureDataOf = (bytes: Buffer) => piecesOf(format, bytes).filter(({ name }) => name === 'IDAT');
  /** The same picture with other picture data, in a chunk whose checksum is right. */
  const withData = (bytes: Buffer, data: Buffer) => {
    const chunks = pictureDataOf(bytes);
    const [from, to] = [chunks[0]?.at ?? 0, chunks.at(-1)?.end ?? 0];
    return Buffer.concat([bytes.subarray(0, from), chunkOf('IDAT', data), bytes.subarray(to)]);
  };
  const dataOf = (bytes: Buffer) =>
    Buffer.concat(pictureDataOf(bytes).map(({ at, end }) => bytes.subarray(at + 8, end - 4)));

  it('[S5] with one other bit in its picture data is refused by its checksum, at once', async () => {
    const bytes = await MAKERS[format]();
    const chunks = pictureDataOf(bytes);
    for (const { at, end } of chunks) {
      for (const place of [at + 10, (at + end) >> 1, end - 5, end - 1]) {
        const flipped = Buffer.from(bytes);
        flipped[place] = (flipped[place] ?? 0) ^ 1;
        expect([place, await verdictOf(flipped)]).toEqual([place, 'image_unreadable']);
        await expect(async () => {
          for await (const _ of passImage(readable(flipped)));
        }).rejects.toMatchObject({ code: 'image_unreadable' });
      }
    }
  });

  it('[S5] whose picture data cannot be inflated, or is too short, is refused; longer data is accepted', async () => {
    const bytes = await MAKERS[format]();
    const data = dataOf(bytes);
    const rows = inflateSync(data);
    const noise = Buffer.from(data);
    for (let at = data.length >> 1; at < data.length; at++) noise[at] = (at * 2_654_435_761) >>> 13;
    const variants: [string, Buffer, string][] = [
      ['as it is', data, 'accepted'],
      ['packed anew', deflateSync(rows, { level: 1 }), 'accepted'],
      ['longer', deflateSync(Buffer.concat([rows, rows])), 'accepted'],
      ['noise in the middle', noise, 'image_unreadable'],
      ['noise at once', Buffer.concat([data.subarray(0, 2), Buffer.alloc(data.length, 0xff)]), 'image_unreadable'],
      ['cut', data.subarray(0, data.length >> 1), 'image_unreadable'],
      ['half of the rows', deflateSync(rows.subarray(0, rows.length >> 1)), 'image_unreadable'],
      ['all but a byte', deflateSync(rows.subarray(0, -1)), 'image_unreadable'],
    ];
    for (const [what, changed, verdict] of variants) {
      for (const size of [100, 65_536])
        expect([what, await verdictOf(withData(bytes, changed), size)]).toEqual([what, verdict]);
      if (verdict === 'accepted') expect([what, await decodes(withData(bytes, changed))]).toEqual([what, true]);
    }
  });
});

it('[S5] a bomb is inflated no further than the rows of its picture', async () => {
  const rows = countRows(() => 1_000_000);
  const bomb = deflateSync(Buffer.alloc(64 * 1024 * 1024));
  rows.add(bomb);
  expect(await rows.work()).toBe(true);
  rows.add(bomb);
  expect(await rows.work()).toBe(true);
  expect(rows.bytes()).toBeGreaterThanOrEqual(1_000_000);
  expect(rows.bytes()).toBeLessThan(1_000_000 + 65_536);
});
