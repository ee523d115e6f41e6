/**
 * One record a running process: role, pid and start. Node roles end with their parent by themselves; PostgreSQL and
 * Temporal do not, so the next `up` reads here what a killed one left behind.
 */
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { WORKER_STOP } from '../contract/policies.ts';
import { readJson, writeJsonAtomically } from './atomic-file.ts';
import { type Role, roles } from './owner-file.ts';
import { isAlive, type ProcessIdentity, sendSignal } from './process-identity.ts';

const processRecord = z.object({ role: z.enum(roles), pid: z.int().positive(), startMark: z.string() });
type ProcessRecord = z.infer<typeof processRecord>;

/** How long a worker of `up` lets its calls run when it stops. */
export const WORKER_GRACE_S = 15;

/** How each role is asked to end, gently first. PostgreSQL: SIGINT is its fast shutdown, SIGQUIT its immediate one. */
export const endings: Readonly<Record<Role, { gentle: NodeJS.Signals; quick: NodeJS.Signals; gentleMs: number }>> = {
  server: { gentle: 'SIGTERM', quick: 'SIGKILL', gentleMs: 10_000 },
  worker: { gentle: 'SIGTERM', quick: 'SIGKILL', gentleMs: WORKER_GRACE_S * 1_000 + WORKER_STOP.handBackMs },
  agent: { gentle: 'SIGTERM', quick: 'SIGKILL', gentleMs: 8_000 },
  temporal: { gentle: 'SIGTERM', quick: 'SIGKILL', gentleMs: 10_000 },
  postgres: { gentle: 'SIGINT', quick: 'SIGQUIT', gentleMs: 20_000 },
};

export interface ProcessRecords {
  /** Call in the tick of the spawn: a killed parent must not leave a process that nobody knows. */
  add(role: Role, identity: ProcessIdentity): void;
  remove(role: Role): void;
}

/** @param onError told when a record could not be written or removed, as on a full disk: the process runs all the same */
export function createProcessRecords(folder: string, onError: (error: unknown) => void): ProcessRecords {
  const fileOf = (role: Role) => path.join(folder, `${role}.json`);
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      onError(error);
    }
  };
  return {
    add: (role, identity) =>
      attempt(() => writeJsonAtomically(fileOf(role), { role, ...identity } satisfies ProcessRecord)),
    remove: (role) => attempt(() => rmSync(fileOf(role), { force: true })),
  };
}

/**
 * Ends what a killed owner left running, in the order of a normal stop, and removes the records. Only for the holder
 * of the folder's lock. A pid that another process has by now is left alone.
 * @returns what was found alive and ended
 */
export async function clearLeftovers(folder: string): Promise<{ role: Role; pid: number }[]> {
  const found: ProcessRecord[] = [];
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const record = isOurs(file) ? processRecord.safeParse(readJson(file)).data : undefined;
    if (record && isAlive(record)) found.push(record);
  }
  found.sort((a, b) => roles.indexOf(b.role) - roles.indexOf(a.role));
  // A leftover has no owner to answer to: it gets less time than in a stop.
  for (const record of found) await endProcess(record, record.role, { gentleMs: 5_000 });
  for (const name of readdirSync(folder)) rmSync(path.join(folder, name), { force: true });
  return found.map(({ role, pid }) => ({ role, pid }));
}

/** What another user has left here names processes that are not ours to end. */
function isOurs(file: string): boolean {
  const found = lstatSync(file);
  return found.isFile() && found.uid === (process.getuid?.() ?? found.uid);
}

/**
 * Gently, then quickly, then by SIGKILL; returns once the process has gone. Works for processes that are not our children.
 * @param options.hurry ends the patience of the gentle step
 */
export async function endProcess(
  target: ProcessIdentity,
  role: Role,
  options: { gentleMs?: number; hurry?: AbortSignal } = {},
): Promise<void> {
  const { gentle, quick, gentleMs } = endings[role];
  const steps: readonly { signal: NodeJS.Signals; patienceMs: number; skippable?: true }[] = [
    { signal: gentle, patienceMs: options.gentleMs ?? gentleMs, skippable: true },
    { signal: quick, patienceMs: 3_000 },
    { signal: 'SIGKILL', patienceMs: 10_000 },
  ];
  for (const { signal, patienceMs, skippable } of steps) {
    if (skippable && options.hurry?.aborted) continue;
    if (!isAlive(target)) return;
    sendSignal(target.pid, signal);
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline && !(skippable && options.hurry?.aborted)) {
      if (!isAlive(target)) return;
      await delay(20);
    }
  }
}
