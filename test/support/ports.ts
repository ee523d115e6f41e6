import { randomInt } from 'node:crypto';
import { type AddressInfo, createConnection, createServer } from 'node:net';

function listenAt(port: number) {
  const server = createServer();
  return new Promise<typeof server>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

async function released(servers: readonly Awaited<ReturnType<typeof listenAt>>[]): Promise<number[]> {
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Ports that are free now, each another one: they are held until all are known. */
export async function freePorts(count: number): Promise<number[]> {
  return released(await Promise.all(Array.from({ length: count }, () => listenAt(0))));
}

/** The same below 32,768, where the system gives none: for programs that keep a port in two signed bytes. */
export async function freeLowPorts(count: number): Promise<number[]> {
  const servers: Awaited<ReturnType<typeof listenAt>>[] = [];
  for (let tries = 0; servers.length < count && tries < 100 * count; tries++) {
    const server = await listenAt(randomInt(15_000, 32_768)).catch(() => undefined);
    if (server) servers.push(server);
  }
  return released(servers);
}

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
