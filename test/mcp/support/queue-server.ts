import { createServer, type IncomingHttpHeaders } from 'node:http';
import { toAppError } from '../../../src/contract/errors.ts';
import { type OperationKey, operations } from '../../../src/contract/operations.ts';
import { problemOf } from '../../../src/contract/problem.ts';
import { createFakeQueue, type FakeQueue } from './fake-queue.ts';
import { PRINCIPAL } from './servers.ts';

export interface QueueServer extends FakeQueue {
  readonly url: string;
  /** Of each request, in turn. */
  readonly headers: readonly IncomingHttpHeaders[];
  close(): Promise<void>;
}

/** The fake queue over the routes of the operations table: what a relay finds at the other end. */
export async function serveQueueOnSocket(fake: FakeQueue = createFakeQueue()): Promise<QueueServer> {
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer(async (request, response) => {
    headers.push(request.headers);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    try {
      const [key, fields] = routeOf(request.method ?? 'GET', pathname);
      const body = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const wait = searchParams.get('wait_seconds');
      const input = { ...body, ...fields, ...(wait === null ? {} : { wait_seconds: Number(wait) }) };
      const call = fake.queue[key] as (input: unknown, context: object) => Promise<unknown>;
      const answer = JSON.stringify(await call(input, { principal: PRINCIPAL }));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(answer);
    } catch (error) {
      const problem = problemOf(toAppError(error));
      response.writeHead(problem.status, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ type: `urn:pantry-queue:problem:${problem.code}`, ...problem }));
    }
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  return {
    ...fake,
    headers,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function routeOf(method: string, pathname: string): [OperationKey, Record<string, string>] {
  for (const key of Object.keys(operations) as OperationKey[]) {
    const [verb, pattern] = operations[key].http;
    const match = new RegExp(`^${pattern.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`).exec(pathname);
    if (verb === method && match) return [key, { ...match.groups }];
  }
  throw new Error(`No operation answers ${method} ${pathname}.`);
}
