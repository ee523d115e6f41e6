import type { ImageExtension } from '../../contract/image-formats.ts';
import { inspectAvif, inspectHeic } from './heif.ts';
import type { Fault, Inspector } from './inspector.ts';
import { inspectJpeg } from './jpeg.ts';
import { holdsPicture } from './jpeg-scan.ts';
import { HEAD_BYTES, imageKindOf } from './kind.ts';
import { inspectPdf } from './pdf.ts';
import { inspectPng } from './png.ts';
import { unreadable } from './refusals.ts';
import { inspectWebp } from './webp.ts';

/** `wholly`: also what takes a while, since the picture is stored next. */
type Depth = { readonly wholly: boolean };

const INSPECTORS: Readonly<Record<ImageExtension, (depth: Depth) => Inspector>> = {
  jpg: inspectJpeg,
  png: inspectPng,
  webp: inspectWebp,
  heic: inspectHeic,
  avif: inspectAvif,
  pdf: inspectPdf,
};

const FAULTS: Readonly<Record<Fault, string>> = {
  no_picture: 'The file holds no picture data.',
  ends_early: 'The file ends in the middle of the image.',
  no_end_mark: 'The file ends in the middle of the image.',
};

export interface CheckedImage {
  /** Of the sniffed type, without the dot. */
  readonly extension: ImageExtension;
  /** The same bytes; the stream fails on the way or at its end when they are no image that is taken. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Lets go of the source, which is open since its head was read. To be called whatever became of the bytes. */
  close(): Promise<void>;
}

/**
 * Looks at an image on its way to the store, without holding it: its kind at once, its size as soon as it is said, and
 * at the end that it is whole.
 * @param bytes read a second time where a JPEG has no end mark: one that cannot be, is then refused
 * @throws AppError unsupported_image, image_too_large, image_unreadable (also for an empty file)
 */
export async function checkImage(bytes: AsyncIterable<Uint8Array>): Promise<CheckedImage> {
  const { extension, inspector, passed, close } = await begin(bytes, { wholly: true });
  async function* checked(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* passed;
    const fault = inspector.fault();
    if (fault === undefined || (fault === 'no_end_mark' && (await isWholeWithoutEnd(bytes)))) return;
    throw unreadable(FAULTS[fault]);
  }
  return { extension, bytes: checked(), close };
}

/**
 * Passes an upload on, and fails as soon as it cannot become an image that is taken. Whether it is whole is not asked.
 * @throws AppError unsupported_image, image_too_large, image_unreadable
 */
export async function* passImage(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* (await begin(bytes, { wholly: false })).passed;
}

async function begin(
  bytes: AsyncIterable<Uint8Array>,
  depth: Depth,
): Promise<{
  extension: ImageExtension;
  inspector: Inspector;
  passed: AsyncGenerator<Uint8Array, void, undefined>;
  close(): Promise<void>;
}> {
  const source = bytes[Symbol.asyncIterator]();
  const close = async () => {
    await source.return?.();
  };
  try {
    const head: Uint8Array[] = [];
    let headBytes = 0;
    while (headBytes < HEAD_BYTES) {
      const { done, value } = await source.next();
      if (done) break;
      head.push(value);
      headBytes += value.length;
    }
    if (headBytes === 0) throw unreadable('The file is empty.');
    const extension = await imageKindOf(Buffer.concat(head).subarray(0, HEAD_BYTES));
    const inspector = INSPECTORS[extension](depth);
    // Before the first byte goes on: most refusals stand in the head.
    for (const chunk of head) inspector.push(chunk);
    return { extension, inspector, passed: watched(inspector, head, source), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function* watched(
  inspector: Inspector,
  head: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    await inspector.work?.();
    yield* head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      inspector.push(next.value);
      await inspector.work?.();
      yield next.value;
    }
  } finally {
    inspector.close?.();
    await rest.return?.();
  }
}

/** One at a time: each holds a whole file. */
let turn: Promise<unknown> = Promise.resolve();

function isWholeWithoutEnd(bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  const result = turn.then(async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    return holdsPicture(Buffer.concat(chunks));
  });
  turn = result.catch(() => undefined);
  return result;
}
