import { createHash } from 'node:crypto';
import { AppError } from '../contract/errors.ts';

/** A key of ours names its content; one of an adopted receipt may be any. */
const CONTENT_KEY = /^[0-9a-f]{2}\/([0-9a-f]{64})\.[a-z]+$/;

/**
 * The same bytes. Of an image that lies under its hash the last part comes only when all of them are what was stored, so
 * nobody takes a changed image for the whole of one.
 * @throws AppError image_unreadable while it is read
 */
export function checked(key: string, bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const expected = CONTENT_KEY.exec(key)?.[1];
  if (expected === undefined) return bytes;
  return {
    async *[Symbol.asyncIterator]() {
      const hash = createHash('sha256');
      let last: Uint8Array | undefined;
      for await (const chunk of bytes) {
        hash.update(chunk);
        if (last !== undefined) yield last;
        last = chunk;
      }
      if (hash.digest('hex') !== expected) {
        throw new AppError('image_unreadable', 'The image was changed in the store: it is not what was uploaded.');
      }
      if (last !== undefined) yield last;
    },
  };
}
