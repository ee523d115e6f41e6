import type { Inspector } from './inspector.ts';
import { checkSize, unreadable } from './refusals.ts';
import { createWalker, uintLe, type Walk } from './walk.ts';

const damaged = () => unreadable('The WebP is damaged.');

/** `RIFF`, the length of all that follows, `WEBP`, then chunks: name, length, data, filled up to an even length. */
export function inspectWebp(): Inspector {
  let picture = false;
  let canvas: Size | undefined;
  const walker = createWalker(chunks());

  function* chunks(): Walk {
    const riff = yield { take: 12 };
    let left = uintLe(riff, 4, 4) - 4;
    while (left >= 8) {
      const start = yield { take: 8 };
      const name = String.fromCharCode(...start.subarray(0, 4));
      const length = uintLe(start, 4, 4);
      const padded = length + (length % 2);
      left -= 8;
      if (length > left) throw damaged();
      const read = HEADS[name];
      const head = yield { take: Math.min(length, read?.bytes ?? 0) };
      if (read) see(name, read.sizeOf(head, length));
      yield { skip: Math.min(left, padded) - head.length };
      left -= padded;
    }
  }
  function see(name: string, size: Size): void {
    checkSize(size.width, size.height);
    if (name === 'VP8X') canvas = size;
    else picture = true;
    if (name.startsWith('VP8') && name !== 'VP8X' && canvas && !isSame(canvas, size)) throw damaged();
  }

  return {
    push: (bytes) => walker.push(bytes),
    fault: () => (!walker.ended() ? 'ends_early' : picture ? undefined : 'no_picture'),
  };
}

interface Size {
  readonly width: number;
  readonly height: number;
}
const isSame = (a: Size, b: Size) => a.width === b.width && a.height === b.height;

/** The chunks that say a size, and how many of their first bytes it takes. */
const HEADS: Readonly<Record<string, { bytes: number; sizeOf(head: Uint8Array, length: number): Size }>> = {
  'VP8 ': {
    bytes: 10,
    sizeOf(head, length) {
      const tag = uintLe(head, 0, 3);
      const isShownKeyFrame = (tag & 1) === 0 && (tag & 0x10) !== 0;
      const startCode = uintLe(head, 3, 3) === 0x2a019d;
      if (head.length < 10 || !isShownKeyFrame || !startCode || tag >> 5 >= length - 10) throw damaged();
      return { width: uintLe(head, 6, 2) & 0x3fff, height: uintLe(head, 8, 2) & 0x3fff };
    },
  },
  VP8L: {
    bytes: 5,
    sizeOf(head, length) {
      const bits = uintLe(head, 1, 4);
      if (head[0] !== 0x2f || length <= 5 || bits >= 2 ** 29) throw damaged();
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    },
  },
  VP8X: {
    bytes: 10,
    sizeOf(head) {
      if (head.length < 10) throw damaged();
      return { width: uintLe(head, 4, 3) + 1, height: uintLe(head, 7, 3) + 1 };
    },
  },
  // One picture of a film; the first is read.
  ANMF: {
    bytes: 12,
    sizeOf(head) {
      if (head.length < 12) throw damaged();
      return { width: uintLe(head, 6, 3) + 1, height: uintLe(head, 9, 3) + 1 };
    },
  },
};
