import net from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Connections that were made through it. */
  readonly opened: () => number;
  /** Sockets stay open, and nothing comes through those that are there now; new ones work. */
  freeze(): void;
  /** Each connection that is there now is cut by the next bytes of its client, which are lost. */
  cutWhenUsed(): void;
  /** Each connection that is there now is closed in order, as by a server that stops. */
  endAll(): Promise<void>;
  close(): Promise<void>;
}

/** A line to a server that can go dead without being cut. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<[net.Socket, net.Socket]>();
  let opened = 0;
  const server = net.createServer((inside) => {
    opened++;
    const outside = net.connect(target.port, target.host);
    const pair: [net.Socket, net.Socket] = [inside, outside];
    pairs.add(pair);
    inside.pipe(outside);
    outside.pipe(inside);
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        for (const each of pair) each.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    opened: () => opened,
    freeze() {
      for (const [inside, outside] of pairs) {
        inside.unpipe(outside);
        outside.unpipe(inside);
        inside.pause();
        outside.pause();
      }
    },
    cutWhenUsed() {
      for (const [inside, outside] of pairs) {
        inside.unpipe(outside);
        inside.once('data', () => inside.destroy()).resume();
      }
    },
    async endAll() {
      const closed = [...pairs].map(([inside]) => new Promise((resolve) => inside.once('close', resolve)));
      for (const [inside] of pairs) inside.end();
      await Promise.all(closed);
    },
    async close() {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
