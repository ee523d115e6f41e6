import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createConnection, createServer } from 'node:net';

// Below the range from which systems take outgoing connections, and below the ports that `pantry-queue up` chooses.
const LOWEST = 10_000;
const HIGHEST = 20_000;
const MAX_TRIES = 1_000;

/** Whether a program could listen there now. */
function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * A port stays held by its number in UDP, which no program of the tests uses, for as long as this process lives: the
 * program that is to listen starts seconds later, and another test run must not choose the same port meanwhile.
 */
function hold(port: number): Promise<boolean> {
  const holder = createSocket('udp4');
  return new Promise((resolve) => {
    holder.once('error', () => {
      holder.close();
      resolve(false);
    });
    holder.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      holder.unref();
      resolve(true);
    });
  });
}

/**
 * Ports that are free now, and that no other test run on this machine is given.
 * @param candidate names the next one to try
 * @throws Error when none is found
 */
export async function freePorts(count: number, candidate = () => randomInt(LOWEST, HIGHEST)): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries === MAX_TRIES) throw new Error(`No ${count} free ports were found in ${MAX_TRIES} tries`);
    const port = candidate();
    if ((await isFree(port)) && (await hold(port))) ports.push(port);
  }
  return ports;
}

export const freePort = async (): Promise<number> => (await freePorts(1))[0] ?? 0;

/** Whether anybody takes connections there. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
