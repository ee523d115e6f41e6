import { setImmediate as nextTurn } from 'node:timers/promises';
import { IMAGE } from '../../contract/policies.ts';
import { type Frame, type HuffmanTable, readJpeg, type Scan } from './jpeg-parts.ts';

/** Blocks that are counted before other work of the process gets its turn. */
const BLOCKS_A_TURN = 50_000;

/**
 * Does a JPEG without an end mark hold its picture? Its blocks are counted by their codes, without decoding them; a
 * progressive one must have begun every scan that its picture needs.
 * @param bytes the whole file
 */
export async function holdsPicture(bytes: Uint8Array): Promise<boolean> {
  const jpeg = await readJpeg(bytes);
  if (!jpeg) return false;
  const { frame, scans } = jpeg;
  if (frame.progressive) return everyScanHasBegun(frame, scans);
  let wanted = 0;
  let found = 0;
  for (const component of frame.components) wanted += blocksOf(frame, component.h, component.v);
  for (const scan of scans) found += await countBlocks(bytes, frame, scan);
  return found >= wanted * IMAGE.wholeFrom;
}

function everyScanHasBegun(frame: Frame, scans: readonly Scan[]): boolean {
  return frame.components.every(({ id }) => {
    const seen = new Set<number>();
    for (const { components, first, last, low } of scans) {
      if (low !== 0 || !components.some((component) => component.id === id)) continue;
      for (let k = first; k <= last; k++) seen.add(k);
    }
    return seen.size === 64;
  });
}

/** Blocks of one component that lie on the picture. */
function blocksOf({ width, height, maxH, maxV }: Frame, h: number, v: number): number {
  return Math.ceil((width * h) / maxH / 8) * Math.ceil((height * v) / maxV / 8);
}

async function countBlocks(bytes: Uint8Array, frame: Frame, scan: Scan): Promise<number> {
  const single = scan.components.length === 1 ? scan.components[0] : undefined;
  const blocks = scan.components.flatMap((component) => Array(single ? 1 : component.h * component.v).fill(component));
  const units = single
    ? blocksOf(frame, single.h, single.v)
    : Math.ceil(frame.width / 8 / frame.maxH) * Math.ceil(frame.height / 8 / frame.maxV);
  const wanted = scan.components.reduce((sum, { h, v }) => sum + blocksOf(frame, h, v), 0);
  const reader = createBitReader(bytes, scan.dataAt);
  let unit = 0;
  for (let sinceTurn = 0; unit < units; unit++, sinceTurn += blocks.length) {
    if (scan.restartEvery > 0 && unit > 0 && unit % scan.restartEvery === 0 && !reader.restart()) break;
    if (!blocks.every(({ dc, ac }) => dc && ac && reader.skipBlock(dc, ac))) break;
    if (sinceTurn < BLOCKS_A_TURN) continue;
    sinceTurn = 0;
    await nextTurn();
  }
  return (wanted * unit) / units;
}

function createBitReader(bytes: Uint8Array, start: number) {
  let at = start;
  let buffer = 0;
  let bits = 0;

  function fill(): void {
    while (bits <= 16 && at < bytes.length) {
      const byte = bytes[at] ?? 0;
      if (byte === 0xff && bytes[at + 1] !== 0) return;
      at += byte === 0xff ? 2 : 1;
      buffer = ((buffer << 8) | byte) & 0xffffff;
      bits += 8;
    }
  }
  /** @returns the symbol, or -1 where the data ends or is none */
  function symbol(table: HuffmanTable): number {
    fill();
    const peeked = bits >= 16 ? (buffer >> (bits - 16)) & 0xffff : (buffer << (16 - bits)) & 0xffff;
    const entry = table[peeked] ?? 0;
    const length = entry >> 8;
    if (length === 0 || length > bits) return -1;
    bits -= length;
    return entry & 0xff;
  }
  function skip(count: number): boolean {
    fill();
    bits -= count;
    return bits >= 0;
  }
  return {
    skipBlock(dc: HuffmanTable, ac: HuffmanTable): boolean {
      const size = symbol(dc);
      if (size < 0 || size > 15 || !skip(size)) return false;
      for (let k = 1; k < 64; k++) {
        const code = symbol(ac);
        if (code < 0) return false;
        const length = code & 15;
        if (length === 0 && code !== 0xf0) return code === 0;
        k += code >> 4;
        if (!skip(length)) return false;
      }
      return true;
    },
    restart(): boolean {
      bits = 0;
      buffer = 0;
      while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
      const isThere = bytes[at] === 0xff && ((bytes[at + 1] ?? 0) & 0xf8) === 0xd0;
      if (isThere) at += 2;
      return isThere;
    },
  };
}
