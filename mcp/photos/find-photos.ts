import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import path from 'node:path';
import { AppError, isAppError } from '../../src/contract/errors.ts';
import { formatOfName } from '../../src/contract/image-formats.ts';
import type { AllowedFolders } from './allowed-folders.ts';

export interface RefusedPath {
  /** As the caller gave it; text from outside. */
  readonly path: string;
  readonly error: AppError;
}

export interface FoundPhotos {
  /** Real paths, each once, in their order: the same call finds them in the same order. */
  readonly photos: readonly string[];
  readonly refused: readonly RefusedPath[];
}

/** Folders in folders, the one that was named counted. */
const MAX_DEPTH = 4;
/** Entries of all folders of one call. */
const MAX_ENTRIES = 20_000;

/** The photos under paths that a caller named. Only a file that was named itself may have any name. */
export async function findPhotos(paths: readonly string[], folders: AllowedFolders): Promise<FoundPhotos> {
  const photos = new Set<string>();
  const refused: RefusedPath[] = [];
  const budget = { entries: MAX_ENTRIES };
  const refuse = (place: string, error: unknown) => void refused.push({ path: place, error: refusalOf(error) });
  for (const given of paths) {
    try {
      const place = await folders.place(given);
      const stat = await lstat(place);
      if (stat.isDirectory()) for (const photo of await photosIn(place, budget, refuse)) photos.add(photo);
      else if (stat.isFile()) photos.add(place);
      else throw notPlain();
    } catch (error) {
      refuse(given, error);
    }
  }
  return { photos: [...photos].sort(), refused };
}

type Budget = { entries: number };

/** Without what begins with a dot, and without following any link; a folder inside that cannot be read is refused alone. */
async function photosIn(folder: string, budget: Budget, refuse: (place: string, error: unknown) => void) {
  const found: string[] = [];
  let level = [folder];
  for (let depth = 1; depth <= MAX_DEPTH && level.length > 0; depth++) {
    const deeper: string[] = [];
    for (const place of level) {
      const entries = await entriesOf(place, budget).catch((error: unknown) => {
        if (isAppError(error) || place === folder) throw error;
        refuse(place, error);
        return [];
      });
      for (const entry of entries) {
        if (isPhoto(entry)) found.push(path.join(place, entry.name));
        else if (entry.isDirectory()) deeper.push(path.join(place, entry.name));
      }
    }
    level = deeper;
  }
  return found;
}

async function entriesOf(folder: string, budget: Budget): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  for await (const entry of await opendir(folder)) {
    budget.entries -= 1;
    if (budget.entries < 0) throw tooMany();
    if (!entry.name.startsWith('.')) entries.push(entry);
  }
  return entries;
}

const isPhoto = (entry: Dirent) => entry.isFile() && formatOfName(entry.name) !== undefined;

export const notPlain = () =>
  new AppError('unsupported_image', 'It is no plain file.', { hint: 'Name files or folders of photos.' });

const tooMany = () =>
  new AppError('invalid_argument', `The folders hold more than ${MAX_ENTRIES.toLocaleString('en')} entries.`, {
    hint: 'Name the folders inside that hold the photos.',
  });

/** A fault of the file system → the refusal of that one file, without the system's own words. */
export function refusalOf(error: unknown): AppError {
  if (isAppError(error)) return error;
  const { code } = Object(error) as NodeJS.ErrnoException;
  const message =
    code === 'ENOENT' ? 'It is no longer there.' : code === 'ENAMETOOLONG' ? 'Its path is too long.' : UNREADABLE;
  return new AppError('invalid_argument', message, { cause: error });
}

const UNREADABLE = 'It cannot be read: this server may not, or its disk fails.';
