import { unreadable } from './refusals.ts';
import type { Walk } from './walk.ts';

export interface FrameHead {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  /** The quantization table of each colour. */
  readonly quantization: ReadonlyMap<number, number>;
}

/** Which tables a JPEG has brought so far: Huffman ones by class (0x00 of DC, 0x10 of AC) and number. */
export interface SeenTables {
  readonly huffman: Set<number>;
  readonly quantization: Set<number>;
  count: number;
}

export const newTables = (): SeenTables => ({ huffman: new Set(), quantization: new Set(), count: 0 });

/** A progressive picture is written in about ten scans, each with a few tables of its own. */
const MAX_TABLES = 1_000;

/**
 * Notes which tables a segment brings; each begins with a byte that names it.
 * @throws AppError image_unreadable
 */
export function* collectTables(isHuffman: boolean, length: number, seen: SeenTables): Walk {
  let left = length;
  while (left > 0) {
    if (seen.count++ >= MAX_TABLES) throw unreadable('The JPEG has more tables than any picture.');
    const [name = 0] = yield { take: 1 };
    left--;
    let values = name >> 4 === 0 ? 64 : 128;
    if (isHuffman) {
      const counts = yield { take: Math.min(left, 16) };
      left -= counts.length;
      values = counts.reduce((sum, count) => sum + count, 0);
    }
    if (values <= left && isHuffman) seen.huffman.add(name);
    else if (values <= left) seen.quantization.add(name & 15);
    yield { skip: Math.min(left, values) };
    left -= Math.min(left, values);
  }
}

/**
 * Are the tables there that a scan is decoded with?
 * @param head of the scan: how many colours, each with its tables, then the first and last coefficient and the bits
 * @throws AppError image_unreadable
 */
export function checkScan(head: Uint8Array, frame: FrameHead, seen: SeenTables): void {
  const count = head[0] ?? 0;
  const [first = 0, last = 0, bits = 0] = head.subarray(1 + count * 2);
  const codes = frame.progressive ? { dc: first === 0 && bits >> 4 === 0, ac: last > 0 } : { dc: true, ac: true };
  for (let at = 1; at < 1 + count * 2; at += 2) {
    const quantization = frame.quantization.get(head[at] ?? 0);
    const chosen = head[at + 1] ?? 0;
    const isComplete =
      quantization !== undefined &&
      seen.quantization.has(quantization) &&
      (!codes.dc || seen.huffman.has(chosen >> 4)) &&
      (!codes.ac || seen.huffman.has(0x10 | (chosen & 15)));
    if (!isComplete) throw unreadable('The JPEG lacks a table that its picture data is decoded with.');
  }
}
