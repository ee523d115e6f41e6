import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';

/** What a draft holds, known once all of it has come. */
export interface Draft {
  readonly sha256: string;
  readonly size: number;
}

/**
 * Writes bytes to a new file, flushed to the disk.
 * @throws AppError image_too_large past `maxBytes`; what the bytes or the disk fail with
 */
export async function writeDraft(file: string, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Draft> {
  const hash = createHash('sha256');
  let size = 0;
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      hash.update(chunk);
      await writeAll(handle, chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest('hex'), size };
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, at);
    at += bytesWritten;
  }
}

function tooLarge(maxBytes: number): AppError {
  const message = `The file is larger than ${Math.floor(maxBytes / 1024 / 1024)} MB.`;
  return new AppError('image_too_large', message, {
    fields: [{ pointer: '/file', code: 'image_too_large', message }],
  });
}
