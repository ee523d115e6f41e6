import { expect } from 'vitest';
import { runBuilt } from '../../support/run-built.ts';
import type { TopologyFacts } from './topology.ts';

/** What an operator runs, through the pooler: the ledger and Temporal agree. @param flags of the command */
export async function expectVerified({ env }: TopologyFacts, flags: readonly string[] = []): Promise<void> {
  const run = await runBuilt(['verify', ...flags], env);
  expect(run).toEqual({ exitCode: 0, stdout: expect.any(String), stderr: '' });
}
