import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { readJson, writeJsonAtomically } from './atomic-file.ts';

const remembered = z.object({
  postgres: z.int(),
  temporal: z.int(),
  temporalUi: z.int(),
  /** Behind `temporalUi`: known to nobody else. */
  temporalUiInside: z.int(),
  agent: z.int(),
  server: z.int(),
});
export type Ports = z.infer<typeof remembered>;

// Below the range systems take outgoing connections from (Linux 32768+, macOS 49152+), so that a port is still free
// when a process that died is started again on it.
const lowest = 20_000;
const highest = 32_000;
/** Ports of one `up`. */
const perProcess = 6;

/**
 * Between the look at a port and its use lie seconds (a database is made first), and another `up` may look meanwhile.
 * Two that start at once have different process ids, so each looks first where the other does not.
 */
function ownBlock(): number {
  const blocks = (highest - lowest) / perProcess;
  return lowest + (process.pid % blocks) * perProcess;
}

/**
 * A port for every part, fixed for the life of one `up`, so that a restarted part is found where it was. The folder
 * remembers them: an address in a client's configuration stays good as long as the port is free.
 * @param requested the HTTP port; 0 = any free one, which also leaves Temporal's usual ports to others
 * @throws AppError `port_taken`
 */
export async function choosePorts(file: string, requested: number, host: string): Promise<Ports> {
  const last = remembered.partial().safeParse(readJson(file)).data ?? {};
  const chosen = new Set<number>();
  // A port that another part had is left to it.
  const kept = new Set<number | undefined>(Object.values(last));
  const take = async (...wishes: (number | undefined)[]): Promise<number> => {
    for (const wish of wishes) {
      if (wish && !chosen.has(wish) && (await isFree(wish, '127.0.0.1'))) return add(wish);
    }
    for (let tries = 0; tries < 200; tries += 1) {
      const port = tries < perProcess ? ownBlock() + tries : randomInt(lowest, highest);
      if (chosen.has(port) || kept.has(port)) continue;
      if (await isFree(port, '127.0.0.1')) return add(port);
    }
    throw new AppError('port_taken', `No free port was found between ${lowest} and ${highest}.`);
  };
  const add = (port: number): number => {
    chosen.add(port);
    return port;
  };

  if (requested !== 0) await refuseIfTaken(requested, host);
  const server = requested === 0 ? await take(last.server) : add(requested);
  const usual = requested === 0 ? [] : [7233, 8233];
  const ports = {
    server,
    postgres: await take(last.postgres),
    temporal: await take(last.temporal, usual[0]),
    temporalUi: await take(last.temporalUi, usual[1]),
    temporalUiInside: await take(last.temporalUiInside),
    agent: await take(last.agent),
  };
  // The port a person names is theirs to remember; only a free one that we chose is kept.
  writeJsonAtomically(file, requested === 0 ? ports : { ...ports, server: last.server });
  return ports;
}

const refusals: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is used by another program',
  EACCES: 'may not be opened by this user',
  EADDRNOTAVAIL: 'is not an address of this machine',
};

async function refuseIfTaken(port: number, host: string): Promise<void> {
  const obstacle = await obstacleAt(port, host);
  if (obstacle === undefined) return;
  throw new AppError(
    'port_taken',
    `Port ${port} on ${host} ${refusals[obstacle] ?? `cannot be opened (${obstacle})`}.`,
    {
      hint: 'Name another with --port, or take a free one with --port 0.',
    },
  );
}

async function isFree(port: number, host: string): Promise<boolean> {
  return (await obstacleAt(port, host)) === undefined;
}

/** @returns the code of what keeps a port from being opened; undefined where nothing does */
export function obstacleAt(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
}
