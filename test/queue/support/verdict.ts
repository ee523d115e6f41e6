import { isAppError } from '../../../src/contract/errors.ts';
import { decodeImage } from '../../../src/ocr/image/decode.ts';
import { checkImage } from '../../../src/queue/image/check.ts';

/** Bytes that can be read again, as a file can. */
export const readable = (bytes: Uint8Array, size = 4_096): AsyncIterable<Uint8Array> => ({
  async *[Symbol.asyncIterator]() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  },
});

/** `accepted`, or the code of the refusal. */
export async function verdictOf(bytes: Uint8Array, size?: number): Promise<string> {
  try {
    for await (const _ of (await checkImage(readable(bytes, size))).bytes);
    return 'accepted';
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
}

/** Does the reader that comes with the queue take it? */
export const decodes = (bytes: Uint8Array) =>
  decodeImage(bytes).then(
    () => true,
    () => false,
  );
