import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import nodePath from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { Blobs } from '../ports.ts';
import { checked } from './checked.ts';
import { writeDraft } from './draft.ts';
import type { Keeper } from './keeper.ts';
import { blobPathOf, keyOf } from './path.ts';
import { createS3Client, type S3Client, type S3Settings } from './s3-client.ts';
import { S3_LIMITS } from './s3-limits.ts';
import { refusalOf, storageError, unavailable } from './s3-refusals.ts';

/** Keys of ours begin with no dot, so no path of an image leads to these. */
const STORE_ID = '.store-id';
const PROBE = '.probe';
/** An image on its way out, so that it can be put back. */
const ASIDE = '.removed/';

/** A store of images in one bucket. */
export interface S3Store {
  readonly blobs: Blobs & Keeper;
  /** Which bucket this is: the same under another address, another under the same one. Made with the first start. */
  readonly id: string;
  /** The same, read now. @throws AppError storage_unavailable */
  idNow(): Promise<string | undefined>;
  close(): Promise<void>;
}

/**
 * Images in a bucket of an S3 store, under their content's hash: `<ab>/<sha256>.<ext>`. Reads, writes, copies and removes a
 * small object first, so that what is set up wrong is told now.
 * @param options `spoolDir`: where an upload waits for its hash; `limits` for tests
 * @throws AppError storage_unavailable, with what a person must put right
 */
export async function openS3Store(options: {
  settings: S3Settings;
  bucket: string;
  spoolDir: string;
  limits?: typeof S3_LIMITS;
}): Promise<S3Store> {
  const { settings, bucket, limits = S3_LIMITS } = options;
  const client = createS3Client(settings, bucket, { limits });
  try {
    const id = await readStoreId(client);
    await probe(client);
    const spoolDir = nodePath.resolve(options.spoolDir);
    await mkdir(spoolDir, { recursive: true, mode: 0o700 });
    const idNow = () =>
      client.textOf(STORE_ID).then(
        (text) => text?.trim(),
        (error: unknown) => Promise.reject(storageError(error)),
      );
    return { id, idNow, blobs: blobsOf(client, { id, bucket, spoolDir, limits }), close: () => client.close() };
  } catch (error) {
    await client.close();
    throw storageError(error);
  }
}

/** Of processes that begin at once one makes it. */
async function readStoreId(client: S3Client): Promise<string> {
  const known = await client.textOf(STORE_ID);
  if (known !== undefined) return known.trim();
  await client.create(STORE_ID, `${randomUUID()}\n`);
  const made = await client.textOf(STORE_ID);
  if (made === undefined) throw unavailable('What was written to the S3 store cannot be read there.');
  return made.trim();
}

/** Each step may meet the same one of another process. */
async function probe(client: S3Client): Promise<void> {
  await client.copy(STORE_ID, PROBE);
  await client.remove(PROBE);
  // Without the right to list, a store tells nobody that an object is not there.
  await client.sizeOf(PROBE);
}

function blobsOf(
  client: S3Client,
  { id, bucket, spoolDir, limits }: { id: string; bucket: string; spoolDir: string; limits: typeof S3_LIMITS },
): Blobs & Keeper {
  /** An empty bucket has no images, but it is not ours: what is not there is believed of our own store only. */
  async function missing(): Promise<undefined> {
    if ((await client.textOf(STORE_ID))?.trim() === id) return undefined;
    throw unavailable('The bucket of the images is another one now, or has gone.');
  }

  const find = async (key: string) => (await client.sizeOf(key)) ?? missing();

  /** Gives an image that was on its way out its place again. */
  async function putBack(key: string): Promise<void> {
    await client.copy(ASIDE + key, key);
    await client.remove(ASIDE + key);
  }

  return {
    async put(bytes, extension, maxBytes, announce) {
      const draft = nodePath.join(spoolDir, randomUUID());
      try {
        const { sha256, size } = await writeDraft(draft, bytes, maxBytes);
        const key = `${sha256.slice(0, 2)}/${sha256}.${extension}`;
        const path = blobPathOf(bucket, key);
        await announce?.(path);
        const file = { path: draft, size, sha256 };
        const isNew = await client.upload(key, file, { anew: false });
        // One that was cut or changed is healed by the right bytes.
        if (!isNew && (await client.sizeOf(key)) !== size) await client.upload(key, file, { anew: true });
        return { sha256, bytes: size, path };
      } catch (error) {
        throw storageError(error);
      } finally {
        await rm(draft, { force: true }).catch(() => undefined);
      }
    },

    async keep(path, bytes, maxBytes) {
      const draft = nodePath.join(spoolDir, randomUUID());
      try {
        const key = keyOf(path, bucket);
        if (key === undefined) throw new TypeError('not a path of this store');
        const kept = await writeDraft(draft, bytes, maxBytes);
        await client.upload(key, { path: draft, ...kept }, { anew: true });
        return kept;
      } catch (error) {
        throw storageError(error);
      } finally {
        await rm(draft, { force: true }).catch(() => undefined);
      }
    },

    async read(path) {
      const key = keyOf(path, bucket);
      const size = key === undefined ? undefined : await find(key);
      if (key === undefined || size === undefined) return undefined;
      if (size > limits.imageBytes) throw new AppError('image_too_large', `The image has ${size} bytes.`);
      return { bytes: checked(key, readingOf(client, key, size)), size };
    },

    async exists(path) {
      const key = keyOf(path, bucket);
      return key !== undefined && (await find(key)) !== undefined;
    },

    async remove(path, isNamed) {
      const key = keyOf(path, bucket);
      if (key === undefined) return false;
      const isThere = (await find(key)) !== undefined;
      // Left aside by a removal that was cut.
      const isAside = (await client.sizeOf(ASIDE + key)) !== undefined;
      if (!isThere && !isAside) return false;
      if (isThere && (await isNamed())) {
        if (isAside) await client.remove(ASIDE + key);
        return false;
      }
      if (isThere) await client.copy(key, ASIDE + key);
      if (isThere) await client.remove(key);
      // From here on anyone who stores the same image puts it there anew, and finds out when it is gone.
      const isWanted = await isNamed().catch(async (error: unknown) => {
        await putBack(key);
        throw error;
      });
      if (isWanted) await putBack(key);
      else await client.remove(ASIDE + key);
      return !isWanted;
    },

    owns: (path) => keyOf(path, bucket) !== undefined,

    async signedUrl(path, seconds) {
      const key = keyOf(path, bucket);
      return key === undefined ? undefined : client.signedUrl(key, seconds);
    },
  };
}

/** Asked for only while it is read: who is refused, waits or goes away before, holds nothing. */
function readingOf(client: S3Client, key: string, size: number): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      const bytes = await client.read(key);
      if (bytes === undefined) throw unavailable('The image has gone from the S3 store while it was read.');
      let read = 0;
      try {
        for await (const chunk of bytes) {
          read += chunk.length;
          if (read > size) break;
          yield chunk;
        }
      } catch (error) {
        throw refusalOf(error).code === undefined ? error : storageError(error);
      }
      if (read !== size) throw unavailable('The S3 store sent another number of bytes than it had said.');
    },
  };
}
