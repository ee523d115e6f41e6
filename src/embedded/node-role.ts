/** A process of ours: tells over its IPC channel when it is ready, and ends by itself when that channel closes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { z } from 'zod';
import { COLLECTION_AT_TWICE, EARLY_COLLECTION, FEW_ARENAS, SMALL_NURSERY } from '../contract/memory-flags.ts';
import { childEnvironment } from './child-environment.ts';
import type { ProcessSpec } from './launch.ts';
import type { Role } from './owner-file.ts';

const message = z.object({ event: z.string() });

export interface NodeRole {
  readonly role: Role;
  /** The compiled file, or the source when we run from the source. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

const NODE_FLAGS: Readonly<Partial<Record<Role, readonly string[]>>> = {
  worker: [SMALL_NURSERY, ...EARLY_COLLECTION],
  server: [SMALL_NURSERY, ...COLLECTION_AT_TWICE],
};

export function createNodeRole({ role, script, args = [], env, logFile }: NodeRole): ProcessSpec {
  return {
    role,
    logFile,
    // The first start of a worker loads Temporal's native core; on a cold, busy machine that takes a while.
    readyTimeoutMs: 90_000,
    launch: (logHandle) =>
      spawn(process.execPath, [...process.execArgv, ...(NODE_FLAGS[role] ?? []), script, ...args], {
        env: childEnvironment({ ...FEW_ARENAS, ...env }),
        stdio: ['ignore', logHandle, logHandle, 'ipc'],
        detached: true,
      }),
    ready: (child) => told(child, 'ready'),
  };
}

function told(child: ChildProcess, event: string): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (received) => {
      if (message.safeParse(received).data?.event === event) resolve();
    });
  });
}
