import type { Inspector } from './inspector.ts';
import { checkSize, unreadable, unsupported } from './refusals.ts';
import { createWalker, uint, type Walk } from './walk.ts';

export const JPEG = { lead: 0xff, start: 0xd8, end: 0xd9, scan: 0xda, temporary: 0x01 } as const;
export const isRestart = (code: number): boolean => code >= 0xd0 && code <= 0xd7;
/** Frame headers, of all the ways in which a JPEG may be coded. */
export const isFrame = (code: number): boolean =>
  code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
/** Baseline, extended and progressive with Huffman codes: what cameras write and decoders read. */
const MAX_READ_FRAME = 0xc2;

/** Segments by their length; inside a scan, anything but a stuffed byte or a restart ends it. */
export function inspectJpeg(): Inspector {
  let size: { width: number; height: number } | undefined;
  let scanAt: number | undefined;
  const walker = createWalker(segments());

  function* segments(): Walk {
    let scanning = false;
    for (;;) {
      yield { until: JPEG.lead };
      let code: number = JPEG.lead;
      while (code === JPEG.lead) code = (yield { take: 1 })[0] ?? 0;
      if (code === JPEG.end && scanAt !== undefined) return;
      if (code === JPEG.end) throw unreadable('The file holds no picture data.');
      if (code === 0 || code === JPEG.start || code === JPEG.temporary || (isRestart(code) && scanning)) continue;
      const length = Math.max(2, uint(yield { take: 2 }, 0, 2)) - 2;
      scanning = code === JPEG.scan;
      if (scanning) {
        if (!size) throw unreadable('The JPEG has picture data, and no frame before it.');
        scanAt ??= walker.position();
      }
      if (!isFrame(code) || size) {
        yield { skip: length };
        continue;
      }
      const frame = yield { take: Math.min(length, 6) };
      yield { skip: length - frame.length };
      size = readFrame(code, frame);
    }
  }

  return {
    push: (bytes) => walker.push(bytes),
    fault() {
      if (!size || scanAt === undefined) return 'ends_early';
      // Every block of 8 × 8 pixels takes at least one bit: with fewer, most of the picture is certainly missing.
      if ((walker.position() - scanAt) * 8 < Math.ceil(size.width / 8) * Math.ceil(size.height / 8))
        return 'ends_early';
      return walker.ended() ? undefined : 'no_end_mark';
    },
  };
}

function readFrame(code: number, frame: Uint8Array): { width: number; height: number } {
  const [bits, height, width, components = 0] = [frame[0], uint(frame, 1, 2), uint(frame, 3, 2), frame[5]];
  if (code > MAX_READ_FRAME || bits !== 8) {
    throw unsupported('The JPEG is coded in a way that is not read here; baseline and progressive with 8 bits are.');
  }
  if (![1, 3, 4].includes(components)) throw unreadable(`The JPEG has ${components} colours; 1, 3 or 4 are possible.`);
  checkSize(width, height);
  return { width, height };
}
