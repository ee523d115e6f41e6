import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** A settings file as it was found. */
export interface ConfigFile {
  /** Where links lead. */
  readonly target: string;
  /** '' where there is none. */
  readonly text: string;
  /** undefined where there is none. */
  readonly stats: Stats | undefined;
}

/** A file that cannot be read or written, in words. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}

/** More is no settings file. */
const MAX_BYTES = 64 * 1024 * 1024;

/** @throws UnusableFile */
export function readConfig(file: string): ConfigFile {
  return inWords(() => {
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found === undefined) return { target: file, text: '', stats: undefined };
    const target = found.isSymbolicLink() ? targetOf(file) : file;
    const stats = statSync(target);
    if (!stats.isFile()) throw new UnusableFile('it is no file');
    if (stats.size > MAX_BYTES) throw new UnusableFile('it is larger than a settings file is');
    return { target, text: textOf(readFileSync(target)), stats };
  });
}

/**
 * Writes a settings file whole, never half: a draft beside it takes its place. What was there before is kept in a backup,
 * with the same mode.
 * @returns the backup, where there was a file
 * @throws UnusableFile; the file is then as it was
 */
export function writeConfig(file: ConfigFile, text: string): string | undefined {
  return inWords(() => {
    const { target, stats } = file;
    mkdirSync(path.dirname(target), { recursive: true });
    refuseReadOnly(path.dirname(target));
    if (stats) refuseReadOnly(target);
    if (readConfig(target).text !== file.text) throw new UnusableFile('another program has changed it meanwhile');
    const backup = stats && `${target}.pantry-queue.bak`;
    if (backup) replaceFile(backup, file.text, stats);
    replaceFile(target, text, stats);
    return backup;
  });
}

function targetOf(link: string): string {
  try {
    return realpathSync(link);
  } catch {
    throw new UnusableFile('it is a link to a file that does not exist');
  }
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UnusableFile('it is not written in UTF-8');
  }
}

/** By its mode too: for an administrator nothing is read-only, and still it was meant. */
function refuseReadOnly(place: string): void {
  const isClosed = (statSync(place).mode & 0o222) === 0;
  if (isClosed) throw new UnusableFile(`${place} is read-only`);
  accessSync(place, constants.W_OK);
}

function replaceFile(target: string, text: string, like: Stats | undefined): void {
  const draft = `${target}.${process.pid}.tmp`;
  try {
    const handle = openSync(draft, 'wx', like?.mode ?? 0o600);
    try {
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    if (like) takeOver(draft, like);
    renameSync(draft, target);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The mode whatever the umask is; the owner too, where this user may give files away. */
function takeOver(draft: string, { mode, uid, gid }: Stats): void {
  chmodSync(draft, mode & 0o7777);
  try {
    chownSync(draft, uid, gid);
  } catch {
    // It is then owned by the one who runs this, who could write the folder.
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it lies on a disk that cannot be written to',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is a file',
  ELOOP: 'its links lead in a circle',
};

function inWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnusableFile) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UnusableFile(REASONS[code] ?? `the system refused it (${code})`, { cause: error });
  }
}
