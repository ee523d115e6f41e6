import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { quoted } from '../../src/contract/clean-text.ts';
import { AppError } from '../../src/contract/errors.ts';

export interface AllowedOptions {
  /** What a person allowed; relative to the working folder. */
  readonly allowed: readonly string[];
  /** The host's: allowed where nothing else was, unless the home folder is in it. */
  readonly workingFolder: string;
  readonly home: string;
}

/** The folders that photos may be read from, and nothing outside them. */
export interface AllowedFolders {
  /** For sentences; empty: none. */
  readonly names: readonly string[];
  /**
   * @param given as the caller wrote it: absolute, from the working folder, or from `~`
   * @returns where it really stands, without links
   * @throws AppError forbidden when that is outside, invalid_argument when nothing stands there
   */
  place(given: string): Promise<string>;
  /** Is this real path inside, as the folders stand now? */
  holds(real: string): Promise<boolean>;
}

export function createAllowedFolders({ allowed, workingFolder, home }: AllowedOptions): AllowedFolders {
  const absolute = (given: string) =>
    path.resolve(
      workingFolder,
      given.replace(/^~(?=$|[\\/])/, () => home),
    );
  const names = allowed.length > 0 ? allowed.map(absolute) : isInside(workingFolder, home) ? [] : [workingFolder];
  // Asked each time: a folder may come, go or become a link while the relay runs.
  const real = async () => {
    const places = await Promise.all(names.map((name) => realpath(name).catch(() => undefined)));
    return places.filter((place) => place !== undefined);
  };
  const holds = async (place: string) => (await real()).some((folder) => isInside(folder, place));
  return {
    names,
    holds,
    async place(given) {
      const asked = absolute(given);
      const place = await realpath(asked).catch(() => undefined);
      if (place !== undefined && (await holds(place))) return place;
      // Whether something stands outside is not told.
      const isMissing = place === undefined && [...names, ...(await real())].some((folder) => isInside(folder, asked));
      throw isMissing ? noSuchFile(given) : outside(quoted(given), names);
    },
  };
}

/** @param folder and `place` are absolute; a folder is inside itself */
function isInside(folder: string, place: string): boolean {
  const way = path.relative(folder, place);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

function noSuchFile(given: string): AppError {
  const message = `There is no file or folder ${quoted(given)}.`;
  return new AppError('invalid_argument', message, { fields: [{ pointer: '/paths', code: 'not_found', message }] });
}

/**
 * @param what in words that may be shown
 * @param names of the folders that are allowed
 */
export function outside(what: string, names: readonly string[]): AppError {
  return new AppError('forbidden', `${what} is in none of the allowed folders.`, { hint: folderHint(names) });
}

const SHOWN_FOLDERS = 3;

/** What to do about a path that is not allowed, for the model and the person behind it. */
export function folderHint(names: readonly string[]): string {
  if (names.length === 0) return 'No folder is allowed. Ask the person to start this server with --allow FOLDER.';
  const shown = names.slice(0, SHOWN_FOLDERS).map(quoted).join(', ');
  const more = names.length > SHOWN_FOLDERS ? ` and ${names.length - SHOWN_FOLDERS} more` : '';
  return `Give paths inside ${shown}${more}; a person allows others by starting this server with --allow FOLDER.`;
}
