import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import { AppError } from '../../src/contract/errors.ts';
import { LIMITS } from '../../src/contract/policies.ts';
import { type AllowedFolders, outside } from './allowed-folders.ts';
import { notPlain, refusalOf } from './find-photos.ts';

export interface OpenPhoto {
  /** To be read once; throws when the file changes meanwhile. */
  readonly bytes: AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** No link is followed, and nothing is waited for: a pipe without a writer must not hold the call up. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a photo that was found before. What is checked is what is open, so that nothing can be put in its place between.
 * @param place its real path
 * @throws AppError unsupported_image, image_too_large, forbidden; the system's error when it cannot be opened
 */
export async function openPhoto(place: string, folders: AllowedFolders): Promise<OpenPhoto> {
  const file = await open(place, FLAGS);
  try {
    const seen = await file.stat();
    if (!seen.isFile()) throw notPlain();
    if (!(await isStillThere(place, seen, folders))) throw outside('It', folders.names);
    if (seen.size > LIMITS.uploadBytes) throw tooLarge(seen.size);
    if (seen.size === 0) throw new AppError('unsupported_image', 'It is empty.');
    return { bytes: bytesOf(file, seen), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A folder on the way may have become a link since the file was found. */
async function isStillThere(place: string, seen: Stats, folders: AllowedFolders): Promise<boolean> {
  if ((await realpath(place)) !== place || !(await folders.holds(place))) return false;
  const { dev, ino } = await lstat(place);
  return dev === seen.dev && ino === seen.ino;
}

async function* bytesOf(file: FileHandle, seen: Stats): AsyncGenerator<Uint8Array> {
  try {
    yield* file.createReadStream({ autoClose: false, end: seen.size - 1 }) as AsyncIterable<Buffer>;
    const { size, mtimeMs } = await file.stat();
    if (size === seen.size && mtimeMs === seen.mtimeMs) return;
  } catch (error) {
    throw refusalOf(error);
  }
  throw new AppError('invalid_argument', 'It changed while it was read.', { hint: 'Call again.' });
}

function tooLarge(bytes: number): AppError {
  const megabytes = Math.ceil(bytes / 1024 / 1024).toLocaleString('en');
  return new AppError('image_too_large', `It has ${megabytes} MB; the most is 20 MB.`);
}
