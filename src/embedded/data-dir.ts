import { chmodSync, lstatSync, mkdirSync, type Stats } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AppError, isAppError } from '../contract/errors.ts';

/** Where everything of one embedded queue lies. */
export interface DataDir {
  readonly root: string;
  readonly owner: string;
  readonly lock: string;
  readonly ports: string;
  /** One record a running process, for the next `up` to find what a killed one left. */
  readonly processes: string;
  readonly logs: string;
  readonly images: string;
  readonly postgres: string;
  readonly temporal: string;
}

/** The paths of a data folder; nothing is created. */
export function dataDirAt(folder: string): DataDir {
  const root = path.resolve(folder);
  const inside = (name: string) => path.join(root, name);
  return {
    root,
    owner: inside('owner.json'),
    lock: inside('owner.lock'),
    ports: inside('ports.json'),
    processes: inside('processes'),
    logs: inside('logs'),
    images: inside('images'),
    postgres: inside('postgres'),
    temporal: inside('temporal'),
  };
}

/**
 * Makes the folder and those inside that are ours alone. PostgreSQL's is made with the cluster, it may have another owner.
 * @throws AppError `invalid_argument` where somebody else could decide what lies there: modes and owners are set, and
 *   processes are ended, by what stands in this folder
 */
export function createDataDir(dir: DataDir): void {
  for (const folder of [dir.root, dir.processes, dir.logs, dir.images, dir.temporal]) {
    inWords(folder, () => {
      refuseUnsafe(folder);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (folder !== dir.root) chmodSync(folder, 0o700);
    });
  }
}

const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'may not be made by this user',
  EPERM: 'may not be made by this user',
  ENOTDIR: 'lies below a file',
  EROFS: 'lies on a disk that cannot be written to',
  ENOSPC: 'lies on a full disk',
};

/** An error of the system, said about the folder. */
function inWords(folder: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (isAppError(error)) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new AppError('invalid_argument', `${folder} ${REFUSALS[code] ?? `cannot be made (${code})`}.`, {
      hint: 'Name another folder with --data-dir or DATA_DIR.',
      cause: error,
    });
  }
}

/** @throws AppError `invalid_argument` when the folder is a link, belongs to another user, or others may write there */
function refuseUnsafe(folder: string): void {
  const fault = folderFault(folder);
  if (fault) throw fault;
}

/** @returns why the folder is not one to keep a queue in; undefined where it is one, or is not there */
export function folderFault(folder: string): AppError | undefined {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  const fault = found && faultOf(found);
  if (fault === undefined) return undefined;
  return new AppError('invalid_argument', `${folder} ${fault}.`, {
    hint: `Name a folder of your own with --data-dir or DATA_DIR; one that others may write to is closed by: chmod go-w ${folder}`,
  });
}

/** Write permission of the group and of everybody. */
const WRITABLE_BY_OTHERS = 0o022;

function faultOf(found: Stats): string | undefined {
  if (found.isSymbolicLink()) return 'is a symbolic link, which another user may point elsewhere';
  if (!found.isDirectory()) return 'is not a folder';
  const ownUid = process.getuid?.();
  if (ownUid === undefined) return undefined;
  if (found.uid !== ownUid) return `belongs to another user (uid ${found.uid}, not ${ownUid})`;
  return (found.mode & WRITABLE_BY_OTHERS) === 0 ? undefined : 'can be written to by other users';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The person's home folder, also where HOME is empty: a path below it must not end up in the working folder. */
export function homeFolder(): string {
  return os.homedir() || os.userInfo().homedir;
}

/**
 * `DATA_DIR`, else `$XDG_DATA_HOME/pantry-queue`, else `~/.local/share/pantry-queue`. Root has `/var/lib/pantry-queue`:
 * PostgreSQL refuses to run as root, and root's home is closed to the user it then runs as.
 */
export function defaultDataDir(env: Environment = process.env): string {
  if (env.DATA_DIR) return path.resolve(env.DATA_DIR);
  if (env.XDG_DATA_HOME) return path.join(path.resolve(env.XDG_DATA_HOME), 'pantry-queue');
  if (process.platform === 'linux' && process.getuid?.() === 0) return '/var/lib/pantry-queue';
  return path.join(homeFolder(), '.local', 'share', 'pantry-queue');
}

/** Raised when the ledger begins anew: a folder that an earlier one has made is left alone. */
const DEMO_EDITION = 14;

/** The demo's own folder, beside the other, so that trying never touches what is kept. */
export function defaultDemoDir(env: Environment = process.env): string {
  return `${defaultDataDir(env)}-demo-${DEMO_EDITION}`;
}
