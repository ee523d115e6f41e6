import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import nodePath from 'node:path';
import { AppError } from '../contract/errors.ts';

const FILE = '.folder-id';

/**
 * Which image folder this is: one that is mounted at two paths is the same, two hosts’ own folders at one path are not.
 * The id is made with the folder, and moves with it.
 * @throws AppError storage_unavailable when the folder cannot be made, written or read
 */
export async function folderIdOf(dir: string): Promise<string> {
  const file = nodePath.join(nodePath.resolve(dir), FILE);
  try {
    const known = await readFile(file, 'utf8').catch(absent);
    if (known !== undefined) return known.trim();
    await mkdir(nodePath.dirname(file), { recursive: true, mode: 0o700 });
    // Linked into place, so that of two processes that start at once both read the same whole id.
    const draft = `${file}.${randomUUID()}`;
    await writeFile(draft, `${randomUUID()}\n`, { mode: 0o600, flush: true });
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await rm(draft);
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new AppError('storage_unavailable', 'The folder of the images cannot be used.', { cause });
  }
}

/** @returns the id as it lies there now; undefined when the folder, or the file in it, is gone */
export async function readFolderId(dir: string): Promise<string | undefined> {
  return (await readFile(nodePath.join(nodePath.resolve(dir), FILE), 'utf8').catch(absent))?.trim();
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
