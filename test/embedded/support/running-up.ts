import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findRunningQueue, type OwnerRecord, type Role } from '../../../src/embedded/owner-file.ts';
import { identify, sendSignal } from '../../../src/embedded/process-identity.ts';

const program = fileURLToPath(new URL('./up-with-stand-ins.mjs', import.meta.url));

export interface RunningUp {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Everything it said so far. */
  said(): string;
  readonly exited: Promise<number | NodeJS.Signals>;
}

/** An `up` as a process of its own; `waitUntil` tells when it is ready. */
export function startUp(dataDir: string, options: { port?: number; env?: Record<string, string> } = {}): RunningUp {
  const child = spawn(process.execPath, [program, dataDir, String(options.port ?? 0)], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? -1));
  });
  return { process: child, pid: child.pid ?? 0, said: () => text, exited };
}

/** The owner record once it is there. @throws Error with what `up` said, when it ended instead */
export async function ready(up: RunningUp, dataDir: string): Promise<OwnerRecord> {
  let ended: number | NodeJS.Signals | undefined;
  void up.exited.then((how) => (ended = how));
  return waitUntil(`a running queue in ${dataDir}`, () => {
    if (ended !== undefined) throw new Error(`up ended with ${ended}:\n${up.said()}`);
    const record = findRunningQueue(dataDir);
    return record?.pid === up.pid ? record : undefined;
  });
}

/** Asks until there is an answer. @throws Error naming what was waited for */
export async function waitUntil<T>(what: string, look: () => T | undefined | false, patienceMs = 40_000): Promise<T> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await delay(20);
  }
  throw new Error(`waited ${patienceMs} ms in vain for ${what}`);
}

export function pidOf(record: OwnerRecord, role: Role): number {
  const found = record.processes.find((entry) => entry.role === role);
  if (!found) throw new Error(`no ${role} among ${JSON.stringify(record.processes)}`);
  return found.pid;
}

/**
 * Every living process that works in or for a data folder, found by its command line, its environment or its working
 * directory (PostgreSQL's own children), and not by our records.
 */
export function processesOf(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && identify(pid) !== undefined)
    .filter(
      (pid) =>
        mentions(`/proc/${pid}/cmdline`, dataDir) ||
        mentions(`/proc/${pid}/environ`, `DATA_DIR=${dataDir}\0`) ||
        worksIn(pid, dataDir),
    );
}

function worksIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`);
  } catch {
    return false;
  }
}

function mentions(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'latin1').includes(text);
  } catch {
    return false;
  }
}

export function newDataDir(): string {
  return mkdtempSync(path.join(tmpdir(), 'pantry-up-'));
}

/** Kills whatever of a test still runs, also when it failed half way. */
export async function endAll(dataDir: string): Promise<void> {
  for (const pid of processesOf(dataDir)) sendSignal(pid, 'SIGKILL');
  await waitUntil('the last process to go', () => processesOf(dataDir).length === 0);
}

/** Leaves nothing of a test behind. */
export async function cleanUp(dataDir: string): Promise<void> {
  await endAll(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
}
