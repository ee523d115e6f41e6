import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { childEnvironment } from '../../../src/embedded/child-environment.ts';
import { endGroup } from '../../../src/embedded/launch.ts';
import type { Account } from '../../../src/embedded/postgres-account.ts';

export type Env = Readonly<Record<string, string>>;

export interface PartSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Env;
  /** Who runs it, where it refuses to run as root. */
  readonly account?: Account | undefined;
  /** Whether it does its work; a program of ours tells that by itself. */
  readonly ready?: () => Promise<boolean>;
}

/** One process of the topology, which can die and come back under the same address. */
export interface Part {
  readonly pid: number | undefined;
  /** Resolves when it does its work. @param env in place of what it usually has */
  start(env?: Env): Promise<void>;
  /** `kill -9` of it and its children; resolves when it has gone. */
  kill(): Promise<void>;
  /** As an orchestrator stops it: SIGTERM; resolves with how long that took. */
  stop(): Promise<number>;
}

const READY_MS = 90_000;
const LOOK_EVERY_MS = 50;

const running = new Set<number>();
process.once('exit', () => {
  for (const pid of running) endGroup(pid);
});

/** A process with its output in a file of its folder; it never outlives ours. */
export function createPart(name: string, spec: PartSpec, logDir: string): Part {
  const logFile = path.join(logDir, `${name}.log`);
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();

  async function untilReady(started: ChildProcess): Promise<void> {
    const told = new Promise<boolean>((resolve) => {
      started.on('message', (message) => JSON.stringify(message).includes('"ready"') && resolve(true));
    });
    const dead = gone.then(() => false);
    const endsAt = Date.now() + READY_MS;
    let isReady = spec.ready ? false : await Promise.race([told, dead]);
    while (!isReady && started.exitCode === null && started.signalCode === null && Date.now() < endsAt) {
      isReady = (await spec.ready?.()) ?? false;
      if (!isReady) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    if (!isReady) throw new Error(`${name} did not start:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);
  }

  return {
    get pid() {
      return child?.pid;
    },
    async start(env = {}) {
      if (child) throw new Error(`${name} runs already`);
      const output = openSync(logFile, 'a');
      const started = spawn(spec.command, spec.args, {
        env: childEnvironment({ ...spec.env, ...env }),
        // Ours end with the channel to us.
        stdio: ['ignore', output, output, spec.ready ? 'ignore' : 'ipc'],
        detached: true,
        ...spec.account,
      });
      child = started;
      const { pid = 0 } = started;
      running.add(pid);
      gone = new Promise((resolve) => {
        started.once('error', () => resolve());
        started.once('exit', () => resolve());
      });
      void gone.then(() => {
        running.delete(pid);
        if (child === started) child = undefined;
      });
      await untilReady(started);
    },
    async kill() {
      endGroup(child?.pid ?? 0);
      await gone;
    },
    async stop() {
      const begunAt = Date.now();
      child?.kill('SIGTERM');
      await gone;
      return Date.now() - begunAt;
    },
  };
}
