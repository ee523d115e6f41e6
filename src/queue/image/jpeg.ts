import type { Inspector } from './inspector.ts';
import { checkScan, collectTables, type FrameHead, newTables } from './jpeg-tables.ts';
import { checkSize, unreadable, unsupported } from './refusals.ts';
import { createWalker, type Step, uint, type Walk } from './walk.ts';

export const JPEG = {
  lead: 0xff,
  start: 0xd8,
  end: 0xd9,
  scan: 0xda,
  temporary: 0x01,
  huffman: 0xc4,
  quantization: 0xdb,
} as const;
export const isRestart = (code: number): boolean => code >= 0xd0 && code <= 0xd7;
/** Frame headers, of all the ways in which a JPEG may be coded. */
export const isFrame = (code: number): boolean =>
  code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
/** Baseline, extended and progressive with Huffman codes: what cameras write and decoders read. */
const MAX_READ_FRAME = 0xc2;
/** With their lengths, in one picture; telephones write a few dozen. */
export const MAX_SEGMENTS = 10_000;
/** Of headers, as much as is looked at: up to four colours. */
const FRAME_BYTES = 6 + 4 * 3;
const SCAN_BYTES = 1 + 4 * 2 + 3;

/** Segments by their length; inside a scan, anything but a stuffed byte or a restart ends it. */
export function inspectJpeg(): Inspector {
  let frame: FrameHead | undefined;
  const tables = newTables();
  let scanAt: number | undefined;
  const walker = createWalker(segments());

  function* segments(): Walk {
    let scanning = false;
    let count = 0;
    let code: number;
    do {
      yield { until: JPEG.lead };
      code = JPEG.lead;
      while (code === JPEG.lead) code = (yield { take: 1 })[0] ?? 0;
      if (code === JPEG.end && scanAt === undefined) throw unreadable('The file holds no picture data.');
      if (
        code === JPEG.end ||
        code === 0 ||
        code === JPEG.start ||
        code === JPEG.temporary ||
        (isRestart(code) && scanning)
      )
        continue;
      if (count++ >= MAX_SEGMENTS) throw unreadable('The JPEG has more parts than any picture.');
      const length = Math.max(2, uint(yield { take: 2 }, 0, 2)) - 2;
      scanning = code === JPEG.scan;
      if (scanning) {
        if (!frame) throw unreadable('The JPEG has picture data, and no frame before it.');
        scanAt ??= walker.position();
        checkScan(yield* segment(length, SCAN_BYTES), frame, tables);
      } else if (isFrame(code) && !frame) {
        frame = readFrame(code, yield* segment(length, FRAME_BYTES));
      } else if (code === JPEG.quantization || code === JPEG.huffman) {
        yield* collectTables(code === JPEG.huffman, length, tables);
      } else yield { skip: length };
    } while (code !== JPEG.end);
  }

  return {
    push: (bytes) => walker.push(bytes),
    fault() {
      if (!frame || scanAt === undefined) return 'ends_early';
      // Every block of 8 × 8 pixels takes at least one bit: with fewer, most of the picture is certainly missing.
      if ((walker.position() - scanAt) * 8 < Math.ceil(frame.width / 8) * Math.ceil(frame.height / 8))
        return 'ends_early';
      return walker.ended() ? undefined : 'no_end_mark';
    },
  };
}

/** The first bytes of a segment; the others are passed over. */
function* segment(length: number, most: number): Generator<Step, Uint8Array, Uint8Array> {
  const head = yield { take: Math.min(length, most) };
  yield { skip: length - head.length };
  return head;
}

function readFrame(code: number, frame: Uint8Array): FrameHead {
  const [bits, height, width, components = 0] = [frame[0], uint(frame, 1, 2), uint(frame, 3, 2), frame[5]];
  if (code > MAX_READ_FRAME || bits !== 8) {
    throw unsupported('The JPEG is coded in a way that is not read here; baseline and progressive with 8 bits are.');
  }
  if (![1, 3, 4].includes(components)) throw unreadable(`The JPEG has ${components} colours; 1, 3 or 4 are possible.`);
  checkSize(width, height);
  const quantization = new Map<number, number>();
  for (let at = 6; at + 2 < Math.min(frame.length, 6 + components * 3); at += 3) {
    quantization.set(frame[at] ?? 0, frame[at + 2] ?? 0);
  }
  return { width, height, progressive: code === MAX_READ_FRAME, quantization };
}
