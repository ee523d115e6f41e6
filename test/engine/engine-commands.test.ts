import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { isAppError } from '../../src/contract/errors.ts';
import { GRPC_STATUSES } from '../../src/engine/engine-errors.ts';
import { planMove } from '../../src/maintenance/engine-move.ts';
import { engineStatus } from '../../src/maintenance/engine-status.ts';
import type { GrpcAnswer } from '../support/grpc.ts';
import { startGrpcProxy } from '../support/grpc-proxy.ts';
import { createInstallation, type Installation } from '../support/installation.ts';

let queue: Installation;
beforeAll(async () => {
  queue = await createInstallation();
});
afterAll(() => queue.dispose());

/** As a library writes it: nothing of it is for the person at the terminal. */
const RAW = 'rpc error: code = 9 desc = shard ownership lost at 10.1.2.3:7234';

/** A line to Temporal on which some calls are refused, and the names of those that came. */
async function lineWhere(refused: (call: string) => GrpcAnswer | undefined) {
  const seen = new Set<string>();
  const proxy = await startGrpcProxy(inject('temporalAddress'), (call) => {
    seen.add(call);
    return refused(call);
  });
  const engine = { address: proxy.address, namespace: 'default', connectionOptions: { address: proxy.address } };
  return { engine, seen, close: () => proxy.close() };
}

/** The Temporal that is left; nobody is there. */
const GONE = { address: '127.0.0.1:1', namespace: 'default', connectionOptions: { address: '127.0.0.1:1' } };

/** What each says of the Temporal it asks; null where it has nothing to say. */
const COMMANDS = {
  'engine status': async (engine: Installation['settings']['engine']) => {
    const { db, ledgerId, settings } = queue;
    const status = await engineStatus({ db, ledgerId, queueName: settings.queueName, engine });
    expect(status.reachable).toBe(status.trouble === null);
    return status.trouble;
  },
  'engine move': async (to: Installation['settings']['engine']) => {
    const { db, ledgerId, settings } = queue;
    const { queueName, workflowIdPrefix } = settings;
    const deps = { db, ledgerId, queueName, workflowIdPrefix, from: GONE, to, graceMs: 1_000, say: () => {} };
    try {
      await planMove(deps);
      return null;
    } catch (error) {
      if (!isAppError(error)) throw error;
      expect(error.code).toMatch(/^engine_/);
      return `${error.message} ${error.hint}`;
    }
  },
} as const;
const commands = Object.entries(COMMANDS);

const everyStatus = commands.flatMap(([command, run]) =>
  Object.entries(GRPC_STATUSES).map(([status, { name, says }]) => ({
    command,
    run,
    status: Number(status),
    name,
    says,
  })),
);

function expectOwnWords(said: string | null): void {
  expect(said).toMatch(/^Temporal at 127\.0\.0\.1:\d+ /);
  for (const raw of [RAW, 'shard', '10.1.2.3', 'rpc error', '    at ']) expect(said).not.toContain(raw);
}

describe.concurrent('a Temporal that refuses the commands about it', { timeout: 120_000 }, () => {
  it.for(everyStatus)('[I8] $command says in its own words what $name means', async ({ run, status, says }) => {
    const line = await lineWhere(() => ({ status, message: RAW }));
    try {
      const said = await run(line.engine);
      expectOwnWords(said);
      // Some the SDK meets by asking again, until the time of the call is over.
      expect([...new Set([says, GRPC_STATUSES[4]?.says])].filter((each) => said?.includes(`${each}`))).toHaveLength(1);
    } finally {
      await line.close();
    }
  });

  it.for(commands)('[I8] %s says it whichever of its calls is refused', async ([, run]) => {
    const healthy = await lineWhere(() => undefined);
    expect(await run(healthy.engine)).toBeNull();
    await healthy.close();
    // What the SDK asks of a server for itself is no call of ours.
    const calls = [...healthy.seen].filter((call) => call !== 'GetSystemInfo');
    expect(calls.length).toBeGreaterThanOrEqual(2);
    const said = await Promise.all(
      calls.map(async (refused) => {
        const line = await lineWhere((call) => (call === refused ? { status: 7, message: RAW } : undefined));
        try {
          return await run(line.engine);
        } finally {
          await line.close();
        }
      }),
    );
    // The list of search attributes may be closed: a query tells as well.
    const refusals = said.filter((each) => each !== null);
    expect(refusals.length).toBeGreaterThanOrEqual(calls.length - 1);
    refusals.forEach(expectOwnWords);
  });
});
