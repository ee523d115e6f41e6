import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import nodePath from 'node:path';
import { AppError, isAppError } from '../contract/errors.ts';
import type { Blobs } from '../ports.ts';
import { checked } from './checked.ts';
import { writeDraft } from './draft.ts';
import type { Keeper } from './keeper.ts';
import { blobPathOf, keyOf } from './path.ts';

/** What is being written; a bucket's name never begins with a dot, so no path leads here. */
const INCOMING = '.incoming';
/** A file there that is older was left by a process that died: no upload takes so long. */
const LEFT_BEHIND_MS = 3_600_000;

const isErrno = (error: unknown, ...codes: string[]) =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));

/**
 * Images in a folder, under their content's hash: `<dir>/<bucket>/<ab>/<sha256>.<ext>`. Folders are 0700, files 0600.
 * @param options `dir` is made when it is absent; `bucket` is the only one that paths may name
 * @throws AppError storage_unavailable when the folder cannot be made or written
 */
export async function createFolderBlobs(options: { dir: string; bucket: string }): Promise<Blobs & Keeper> {
  const { bucket } = options;
  const root = nodePath.resolve(options.dir);
  const bucketDir = nodePath.join(root, bucket);
  const incoming = nodePath.join(root, INCOMING);
  try {
    await mkdir(bucketDir, { recursive: true, mode: 0o700 });
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    await clearLeftBehind(incoming);
  } catch (error) {
    throw storageError(error);
  }

  /** The real file behind a path; undefined when there is none, or when a link leads out of the bucket. */
  async function locate(path: string): Promise<string | undefined> {
    const key = keyOf(path, bucket);
    if (key === undefined) return undefined;
    const real = await realpath(nodePath.join(bucketDir, key)).catch(absent);
    if (real === undefined) return undefined;
    return real.startsWith((await realpath(bucketDir)) + nodePath.sep) ? real : undefined;
  }

  /** The same content stored twice replaces a file by its equal: no check first that a crash could make stale. */
  async function place(draft: string, key: string): Promise<void> {
    const file = nodePath.join(bucketDir, key);
    const isNew = await mkdir(nodePath.dirname(file), { recursive: true, mode: 0o700 });
    if (isNew !== undefined) await syncFolder(nodePath.dirname(isNew));
    await rename(draft, file);
    await syncFolder(nodePath.dirname(file));
  }

  return {
    async put(bytes, extension, maxBytes, announce) {
      const draft = nodePath.join(incoming, randomUUID());
      try {
        const { sha256, size } = await writeDraft(draft, bytes, maxBytes);
        const key = `${sha256.slice(0, 2)}/${sha256}.${extension}`;
        const path = blobPathOf(bucket, key);
        await announce?.(path);
        await place(draft, key);
        return { sha256, bytes: size, path };
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined);
        throw storageError(error);
      }
    },

    async keep(path, bytes, maxBytes) {
      const draft = nodePath.join(incoming, randomUUID());
      try {
        const key = keyOf(path, bucket);
        if (key === undefined) throw new TypeError('not a path of this store');
        const kept = await writeDraft(draft, bytes, maxBytes);
        await place(draft, key);
        return kept;
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined);
        throw storageError(error);
      }
    },

    async read(path) {
      try {
        const file = await locate(path);
        if (file === undefined) return undefined;
        const found = await lstat(file).catch(absent);
        const key = keyOf(path, bucket) ?? '';
        return found?.isFile() ? { bytes: checked(key, readingOf(file)), size: found.size } : undefined;
      } catch (error) {
        throw storageError(error);
      }
    },

    async exists(path) {
      try {
        const file = await locate(path);
        return file !== undefined && (await stat(file)).isFile();
      } catch (error) {
        if (isErrno(error, 'ENOENT')) return false;
        throw storageError(error);
      }
    },

    async remove(path, isNamed) {
      try {
        const file = await locate(path);
        if (file === undefined || (await isNamed())) return false;
        // Out of sight first: anyone who stores the same image from now on puts it there anew.
        const aside = nodePath.join(incoming, randomUUID());
        await rename(file, aside);
        const isWanted = await isNamed().catch(async (error: unknown) => {
          await rename(aside, file);
          throw error;
        });
        if (isWanted) await rename(aside, file);
        else await rm(aside);
        await syncFolder(nodePath.dirname(file));
        return !isWanted;
      } catch (error) {
        if (isErrno(error, 'ENOENT')) return false;
        throw storageError(error);
      }
    },

    owns: (path) => keyOf(path, bucket) !== undefined,
    signedUrl: async () => undefined,
  };
}

/** Open only while it is read: who is refused, waits or goes away before, holds nothing. */
function readingOf(file: string): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      try {
        const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
        try {
          yield* handle.createReadStream({ autoClose: false });
        } finally {
          await handle.close();
        }
      } catch (error) {
        throw storageError(error);
      }
    },
  };
}

/** A renamed file survives a power cut only when its folder was written too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function clearLeftBehind(incoming: string): Promise<void> {
  const oldestMs = Date.now() - LEFT_BEHIND_MS;
  for (const name of await readdir(incoming)) {
    const file = nodePath.join(incoming, name);
    const found = await stat(file).catch(absent);
    if (found !== undefined && found.mtimeMs < oldestMs) await rm(file, { recursive: true, force: true });
  }
}

function absent(error: unknown): undefined {
  if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG')) return undefined;
  throw error;
}

function storageError(error: unknown): unknown {
  // What the bytes themselves failed with (an unreadable image, a caller that has gone) is no fault of the store.
  if (isAppError(error) || !(error instanceof Error && 'code' in error)) return error;
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) {
    return new AppError('storage_full', 'The image store has no room left.', { retryAfterS: 60, cause: error });
  }
  return new AppError('storage_unavailable', 'The image store cannot be used now.', { retryAfterS: 5, cause: error });
}
