import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, lchownSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { readJson, writeJsonAtomically } from './atomic-file.ts';
import type { DataDir } from './data-dir.ts';
import { type Account, admit } from './postgres-account.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { commandLine, identify } from './process-identity.ts';
import { endProcess } from './process-records.ts';

const secretsContent = z.object({ superuser: z.string().min(16), application: z.string().min(16) });
export type Secrets = z.infer<typeof secretsContent>;

export const clusterFolder = (dir: DataDir): string => path.join(dir.postgres, 'data');
const secretsFile = (dir: DataDir): string => path.join(dir.root, 'postgres-passwords.json');

/** @throws AppError when the file was lost: the passwords stand nowhere else */
export function readSecrets(dir: DataDir): Secrets {
  const secrets = secretsContent.safeParse(readJson(secretsFile(dir)));
  if (secrets.success) return secrets.data;
  throw new AppError(
    'part_failed',
    `${secretsFile(dir)}, with the passwords of this database, is missing or damaged.`,
    {
      hint: `Put it back, or remove ${dir.root} to start with an empty queue.`,
    },
  );
}

/** A no-op when the cluster is there. It is made beside its place and renamed, so that a killed `initdb` leaves none. */
export async function createCluster(
  dir: DataDir,
  binaries: PostgresBinaries,
  account: Account | undefined,
): Promise<void> {
  await mkdir(dir.postgres, { recursive: true, mode: 0o700 });
  if (account) lchownSync(dir.postgres, account.uid, account.gid);
  admit(account, dir.root);
  if (existsSync(clusterFolder(dir))) return;

  const half = path.join(dir.postgres, 'data.half');
  const passwordFile = path.join(dir.postgres, 'password');
  const newPassword = () => randomBytes(24).toString('base64url');
  const secrets = { superuser: newPassword(), application: newPassword() } satisfies Secrets;
  writeJsonAtomically(secretsFile(dir), secrets);
  await rm(half, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  // The folder belongs to the account of PostgreSQL: a link that it left there is never written through.
  await writeFile(passwordFile, `${secrets.superuser}\n`, { mode: 0o600, flag: 'wx' });
  if (account) lchownSync(passwordFile, account.uid, account.gid);
  try {
    await promisify(execFile)(
      binaries.initdb,
      [
        `--pgdata=${half}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // The locale of PostgreSQL itself: the same order and the same text rules on every system.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--data-checksums',
      ],
      { cwd: dir.postgres, env: { PATH: process.env.PATH, LC_ALL: 'C' }, ...account },
    );
  } catch (error) {
    const words = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new AppError('part_failed', 'The database could not be made.', {
      hint: `initdb says: ${words}`,
      cause: error,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await chmod(half, 0o700);
  await rename(half, clusterFolder(dir));
}

/**
 * Ends a postmaster that still runs on this cluster without an owner, and removes its `postmaster.pid`. A new one would
 * refuse to start where that number belongs to another program by now, or to a killed process that nobody has waited
 * for yet. Children of the old one are no danger: they hold the shared memory, which a new one looks at too. Only for
 * the holder of the folder.
 */
export async function endStrayPostmaster(cluster: string): Promise<void> {
  const pidFile = path.join(cluster, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const identity = identify(Number(readFileSync(pidFile, 'utf8').split('\n')[0]));
  if (identity && commandLine(identity.pid).includes(cluster)) {
    await endProcess(identity, 'postgres', { gentleMs: 5_000 });
  }
  await rm(pidFile, { force: true });
}
