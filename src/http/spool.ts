import { createReadStream } from 'node:fs';

/** A received file, as often as it is asked for; it is open only while it is read. */
export function bytesOfFile(path: string): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* createReadStream(path);
    },
  };
}
