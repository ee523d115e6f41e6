import { createInflate, type Inflate } from 'node:zlib';

export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: number;
  readonly interlaced: boolean;
}

/** Where each pass of an interlaced picture begins, and its steps; one that is not interlaced is a single pass. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const SINGLE_PASS = [[0, 0, 1, 1]] as const;

/** Bytes of all rows, each of which begins with the number of its filter. */
export function rowBytesOf({ width, height, bitsPerPixel, interlaced }: Raster): number {
  let bytes = 0;
  for (const [left, top, stepX, stepY] of interlaced ? PASSES : SINGLE_PASS) {
    const [columns, rows] = [Math.ceil((width - left) / stepX), Math.ceil((height - top) / stepY)];
    if (columns > 0 && rows > 0) bytes += rows * (1 + Math.ceil((columns * bitsPerPixel) / 8));
  }
  return bytes;
}

export interface RowCount {
  /** Picture data that has passed; it is worked on by `work`. */
  add(bytes: Uint8Array): void;
  /** @returns whether the data so far can be inflated */
  work(): Promise<boolean>;
  /** Bytes of rows that have come out. */
  bytes(): number;
  close(): void;
}

/**
 * Inflates picture data in another thread and counts what comes out, without keeping it.
 * @param wanted no more is inflated after this
 */
export function countRows(wanted: () => number): RowCount {
  let inflate: Inflate | undefined;
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let isSound = true;

  function begin(): Inflate {
    const begun = createInflate({ chunkSize: 65_536 });
    begun.on('data', (rows: Uint8Array) => {
      bytes += rows.length;
      if (bytes >= wanted()) begun.destroy();
    });
    begun.on('error', () => {
      isSound = false;
    });
    return begun;
  }
  function write(to: Inflate, chunk: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        to.off('close', done);
        resolve();
      };
      to.once('close', done);
      to.write(chunk, done);
    });
  }
  return {
    add: (chunk) => void waiting.push(chunk),
    async work() {
      const chunks = waiting;
      waiting = [];
      for (const chunk of chunks) {
        inflate ??= begin();
        if (!inflate.destroyed) await write(inflate, chunk);
      }
      return isSound;
    },
    bytes: () => bytes,
    close: () => void inflate?.destroy(),
  };
}
