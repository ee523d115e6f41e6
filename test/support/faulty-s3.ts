import http from 'node:http';
import type { S3Access } from './s3.ts';

/** What happens to a request instead of its way to the store. */
export type S3Fault =
  /** The store refuses it so. */
  | { readonly status: number; readonly code?: string }
  /** No answer, ever. */
  | 'hangs'
  /** The connection is cut. */
  | 'drops'
  /** The answer comes at 1 KB/s. */
  | 'crawls'
  /** Half of the answer comes, then the end of the connection. */
  | 'cuts';

export interface S3Request {
  readonly method: string;
  /** Of the object; empty: the bucket itself. */
  readonly key: string;
}

export interface FaultyS3 extends S3Access {
  /** Of those that have come since the fault was set. */
  readonly requests: readonly S3Request[];
  /**
   * From now on; without a fault everything goes through.
   * @param times so many requests of those that `meets` picks, then they go through
   */
  set(fault?: S3Fault, options?: { times?: number; meets?: (request: S3Request) => boolean }): void;
  close(): Promise<void>;
}

/** An HTTP server before a real S3 store. Signatures hold: each request goes on as it came. */
export async function startFaultyS3(access: S3Access): Promise<FaultyS3> {
  const target = new URL(access.endpoint);
  let fault: S3Fault | undefined;
  let left = 0;
  let meets: (request: S3Request) => boolean = () => true;
  let requests: S3Request[] = [];

  const server = http.createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '', 'http://s3').pathname);
    const seen = { method: request.method ?? '', key: path.split('/').slice(2).join('/') };
    requests.push(seen);
    const met = fault !== undefined && left > 0 && meets(seen) ? fault : undefined;
    if (met !== undefined) left--;
    if (met === 'drops') return void request.socket.destroy();
    if (met === 'hangs') return void request.resume();
    if (typeof met === 'object') return refuse(request, response, met);
    pass(request, response, met);
  });
  const pass = (request: http.IncomingMessage, response: http.ServerResponse, how?: 'crawls' | 'cuts') => {
    const options = { host: target.hostname, port: target.port, path: request.url, method: request.method };
    const onward = http.request({ ...options, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (how === undefined) return void answer.pipe(response);
      void answer.toArray().then((chunks: Buffer[]) => {
        const body = Buffer.concat(chunks);
        if (how === 'cuts') response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
        else crawl(response, body);
      });
    });
    onward.on('error', () => request.socket.destroy());
    request.on('error', () => onward.destroy());
    request.pipe(onward);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const { region, accessKeyId, secretAccessKey } = access;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region,
    accessKeyId,
    secretAccessKey,
    get requests() {
      return requests;
    },
    set(next, options = {}) {
      fault = next;
      left = options.times ?? Number.POSITIVE_INFINITY;
      meets = options.meets ?? (() => true);
      requests = [];
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As a store refuses: after it has read what was sent. */
function refuse(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { status, code }: { status: number; code?: string },
): void {
  request.resume().on('end', () => {
    response.writeHead(status, { 'content-type': 'text/xml' });
    const words = code === undefined ? '' : `<Error><Code>${code}</Code><Message>words of the store</Message></Error>`;
    response.end(request.method === 'HEAD' ? undefined : words);
  });
}

function crawl(response: http.ServerResponse, body: Buffer): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at >= body.length) return void response.end();
    response.write(body.subarray(at, at + 100));
    at += 100;
  }, 100);
  response.on('close', () => clearInterval(timer));
}
