import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OwnerRecord } from '../../src/embedded/owner-file.ts';
import { BUILT_MAIN } from './run-built.ts';

export type Role = OwnerRecord['processes'][number]['role'];

export interface RunningUp {
  readonly child: ChildProcess;
  readonly dataDir: string;
  /** The owner file as it stands now: pids change when a part is restarted. */
  owner(): Promise<OwnerRecord>;
  pidOf(role: Role): Promise<number>;
  /** `kill -9` of one part, as its owner file names it. */
  kill(role: Role): Promise<void>;
  /** `kill -9` of everything at once: every part, and `up` itself. */
  killAll(): Promise<void>;
  stop(): Promise<number | null>;
}

async function readOwner(dataDir: string): Promise<OwnerRecord> {
  return JSON.parse(await readFile(join(dataDir, 'owner.json'), 'utf8')) as OwnerRecord;
}

/**
 * `pantry-queue up` as a user starts it: a real process, real parts, free ports.
 * @param through a command that ends in `exec`ing its arguments, so that the process stays the same
 */
export async function startUp(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): Promise<RunningUp> {
  const command = [...through, process.execPath, BUILT_MAIN, 'up', '--data-dir', dataDir, '--port', '0'];
  const child = spawn(command[0] ?? process.execPath, command.slice(1), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));

  for (;;) {
    const owner = await readOwner(dataDir).catch(() => undefined);
    if (owner?.pid === child.pid) break;
    if (child.exitCode !== null) throw new Error(`up ended with ${child.exitCode}:\n${said.join('')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const owner = () => readOwner(dataDir);
  const pidOf = async (role: Role) => {
    const found = (await owner()).processes.find((each) => each.role === role);
    if (!found) throw new Error(`no ${role} runs`);
    return found.pid;
  };
  return {
    child,
    dataDir,
    owner,
    pidOf,
    async kill(role) {
      process.kill(await pidOf(role), 'SIGKILL');
    },
    async killAll() {
      const { pid, processes } = await owner();
      for (const each of [{ pid }, ...processes]) process.kill(each.pid, 'SIGKILL');
      await exited;
    },
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}
