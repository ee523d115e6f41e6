import { AppError } from '../contract/errors.ts';
import { createEndFinder } from './image-end.ts';
import { HEAD_BYTES, imageKindOf } from './image-kind.ts';

export interface CheckedImage {
  /** Of the sniffed type, without the dot. */
  readonly extension: string;
  /** The same bytes; the stream fails with image_unreadable at its end when the image was not whole. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Looks at an image on its way to the store, without holding it: its kind at once, that it is whole at the end.
 * @throws AppError unsupported_image, image_unreadable (also for an empty file)
 */
export async function checkImage(bytes: AsyncIterable<Uint8Array>): Promise<CheckedImage> {
  const source = bytes[Symbol.asyncIterator]();
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
  return { extension, bytes: watched(extension, head, source) };
}

async function* watched(
  extension: string,
  head: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const end = createEndFinder(extension);
  try {
    for (const chunk of head) {
      end.push(chunk);
      yield chunk;
    }
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      end.push(next.value);
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
  if (!end.complete()) throw unreadable('The file ends in the middle of the image.');
}

function unreadable(message: string): AppError {
  return new AppError('image_unreadable', message, {
    fields: [{ pointer: '/file', code: 'image_unreadable', message }],
  });
}
