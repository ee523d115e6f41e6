/**
 * One `up` owns a data folder. `owner.lock` names the owner by pid and start from its first moment on; `owner.json`
 * appears when everything runs and tells the CLI, the relay and the tests where.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { readJson, writeJsonAtomically } from './atomic-file.ts';
import { type DataDir, dataDirAt } from './data-dir.ts';
import { isAlive, isErrno, ownIdentity } from './process-identity.ts';

export const roles = ['postgres', 'temporal', 'agent', 'worker', 'server'] as const;
export type Role = (typeof roles)[number];

/** The roles in sentences. */
export const titles: Readonly<Record<Role, string>> = {
  postgres: 'PostgreSQL',
  temporal: 'Temporal',
  agent: 'The OCR agent',
  worker: 'The worker',
  server: 'The server',
};

const lockContent = z.object({ pid: z.int().positive(), startMark: z.string() });

const ownerRecord = z.object({
  pid: z.int().positive(),
  started_at: z.string(),
  url: z.string(),
  mcp_url: z.string(),
  database_url: z.string(),
  /** Where calls need one: a key with all scopes, of this start. */
  key: z.string().optional(),
  agent_url: z.string(),
  temporal: z.object({ address: z.string(), namespace: z.string(), ui: z.string() }),
  processes: z.array(z.object({ role: z.enum(roles), pid: z.int().positive() })),
});

/** What `DIR/owner.json` holds (mode 0600: it holds the database's password, and a key). */
export type OwnerRecord = z.infer<typeof ownerRecord>;

export interface Ownership {
  /** Writes `owner.json`, whole or not at all; again whenever a process was replaced. */
  publish(record: OwnerRecord): void;
  /** Removes `owner.json`, then the lock. */
  release(): void;
}

/**
 * The queue that runs on a data folder, as its owner described it.
 * @param dataDir the folder, as given to `up --data-dir`
 * @returns `undefined` when none runs, none is ready yet, or the file is what a killed one left behind
 */
export function findRunningQueue(dataDir: string): OwnerRecord | undefined {
  const dir = dataDirAt(dataDir);
  const holder = readHolder(dir.lock);
  const record = ownerRecord.safeParse(readJson(dir.owner));
  if (!holder || !record.success || record.data.pid !== holder.pid) return undefined;
  return isAlive(holder) ? record.data : undefined;
}

/** Who has the folder, ready or not; a holder that has died still stands there. */
export function holderOf(dir: DataDir): { readonly pid: number; readonly isAlive: boolean } | undefined {
  const holder = readHolder(dir.lock);
  return holder && { pid: holder.pid, isAlive: isAlive(holder) };
}

/**
 * Takes the folder for this process until it releases it or dies. Only the death of the holder frees a lock: an age
 * limit would one day take it from an owner that lives.
 * @throws AppError `queue_running`, naming the holder
 */
export function takeOwnership(dir: DataDir): Ownership {
  const own = ownIdentity();
  const claim = `${dir.lock}.${own.pid}`;
  writeFileSync(claim, JSON.stringify(own), { mode: 0o600 });
  try {
    // A link appears whole and fails where the name is taken, so nobody ever reads half a lock.
    while (!tryLink(claim, dir.lock)) clearDeadHolder(dir);
  } finally {
    rmSync(claim, { force: true });
  }
  return {
    publish: (record) => writeJsonAtomically(dir.owner, record),
    release: () => {
      rmSync(dir.owner, { force: true });
      if (readHolder(dir.lock)?.pid === own.pid) rmSync(dir.lock, { force: true });
    },
  };
}

function clearDeadHolder(dir: DataDir): void {
  const judged = readText(dir.lock);
  if (judged === undefined) return;
  refuseIfHeld(dir, judged);
  // Two starters may both have judged the lock dead. Renaming moves one particular lock away; should it be the new one
  // of the other starter, it is put back.
  const aside = `${dir.lock}.dead.${process.pid}`;
  try {
    renameSync(dir.lock, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  const moved = readText(aside) ?? '';
  if (moved !== judged) tryLink(aside, dir.lock);
  rmSync(aside, { force: true });
  if (moved !== judged) refuseIfHeld(dir, moved);
}

function refuseIfHeld(dir: DataDir, lockText: string): void {
  const holder = parseHolder(lockText);
  if (!holder || !isAlive(holder)) return;
  const record = findRunningQueue(dir.root);
  const where = record ? `it answers at ${record.url}` : 'it is still starting or stopping';
  throw new AppError('queue_running', `A queue already runs on ${dir.root}: process ${holder.pid}, ${where}.`, {
    hint: `Use that one, stop it with: kill ${holder.pid} — or name another folder with --data-dir.`,
  });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

function readHolder(file: string): z.infer<typeof lockContent> | undefined {
  return parseHolder(readText(file) ?? '');
}

function parseHolder(text: string): z.infer<typeof lockContent> | undefined {
  try {
    return lockContent.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
