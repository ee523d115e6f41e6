/**
 * PostgreSQL refuses to run as root. Where we are root (a container, mostly) it runs as the user `postgres`, who must
 * be able to enter its folders.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, statSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** `undefined` when we are not root: PostgreSQL then runs as we do. The user is made when the system has none. */
export function postgresAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const known = lookUp();
  if (known) return known;
  try {
    execFileSync('groupadd', ['--system', '--force', 'postgres'], { stdio: 'pipe' });
    execFileSync('useradd', ['--system', '-g', 'postgres', '--no-create-home', '-s', '/bin/false', 'postgres'], {
      stdio: 'pipe',
    });
  } catch {
    // Said below: the only thing that counts is whether the user is there now.
  }
  const made = lookUp();
  if (made) return made;
  throw new AppError('part_failed', 'PostgreSQL cannot run as root, and no user named postgres could be made.', {
    hint: 'Run this as a plain user, or make the user first: useradd --system postgres',
  });
}

/**
 * Lets the account pass through our data folder, which is closed otherwise; the folders inside stay closed to it.
 * @throws AppError `invalid_argument` when a folder above is closed: that is not ours to open
 */
export function admit(account: Account | undefined, root: string): void {
  if (!account) return;
  if (!canEnter(account, root)) {
    const { uid, mode } = statSync(root);
    chownSync(root, uid, account.gid);
    chmodSync(root, (mode & 0o7777) | 0o010);
  }
  const closed = closedFolder(account, root);
  if (closed === undefined) return;
  throw new AppError('invalid_argument', `PostgreSQL runs as the user postgres, who cannot enter ${closed}.`, {
    hint: 'Run this as a plain user, or name a folder it can reach: --data-dir /var/lib/pantry-queue',
  });
}

/** The first folder on the way that the account cannot pass, the last one included. */
export function closedFolder(account: Account, folder: string): string | undefined {
  const up = path.dirname(folder);
  const above = up === folder ? undefined : closedFolder(account, up);
  return above ?? (canEnter(account, folder) ? undefined : folder);
}

function canEnter(account: Account, folder: string): boolean {
  const { uid, gid, mode } = statSync(folder);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}

function lookUp(): Account | undefined {
  try {
    const ask = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: 'pipe' }));
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
}
