import { once } from 'node:events';
import { createServer, request, type Server, type ServerResponse } from 'node:http';

/** A proxy before the server, which can go away, come back at the same address, or answer by itself. */
export interface Front {
  readonly url: string;
  /** Streams of events that are open through it now. */
  readonly streams: () => number;
  /** It answers 503 by itself, as a proxy does whose server starts again. */
  refuse(on: boolean): void;
  /** Every open stream is told that events may be missing. */
  sayResync(): void;
  /** The port is closed, and every connection cut. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

export async function startFront(port: number): Promise<Front> {
  let isRefusing = false;
  const streams = new Set<ServerResponse>();
  const server: Server = createServer((incoming, outgoing) => {
    if (isRefusing) {
      outgoing.writeHead(503, { 'content-type': 'text/html' }).end('<h1>Service Unavailable</h1>');
      return;
    }
    const isStream = incoming.url?.startsWith('/events') ?? false;
    if (isStream) streams.add(outgoing);
    const onward = request({
      host: '127.0.0.1',
      port,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    });
    outgoing.on('close', () => {
      streams.delete(outgoing);
      onward.destroy();
    });
    onward.on('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const own = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${own}`,
    streams: () => streams.size,
    sayResync() {
      for (const stream of streams) stream.write('event: resync\ndata: {}\n\n');
    },
    refuse(on) {
      isRefusing = on;
      if (on) server.closeAllConnections();
    },
    async goAway() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
    async comeBack() {
      server.listen(own, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}
