import { type BuiltRun, runBuilt } from '../support/run-built.ts';

/** Nothing of our environment that could lead the program to a queue. */
export const NOWHERE = { HOME: '/nonexistent', DATA_DIR: '/nonexistent' } as const;

/** Runs the program as a process of its own, which finds no queue but the one it is told of. */
export function runCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<BuiltRun> {
  return runBuilt(args, { ...NOWHERE, ...env });
}
