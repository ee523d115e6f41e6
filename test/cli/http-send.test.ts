import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendByHttp } from '../../src/cli/http-send.ts';
import { neverArrived } from '../../src/client/cut.ts';
import { createQueueClient } from '../../src/client/index.ts';
import { queueApiSuite } from '../client/queue-api.suite.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { asOwner } from '../support/owner.ts';

const http = useHttpQueue();

describe('the client of a relay, which sends by node:http', () => {
  queueApiSuite(() => ({
    queue: createQueueClient({ url: http.current.url, fetch: sendByHttp }),
    db: http.current.db,
  }));
});

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ask = (url: string, signal?: AbortSignal) =>
  createQueueClient({ url, fetch: sendByHttp, resumesWaits: false }).queueInfo(
    {},
    { ...asOwner, ...(signal ? { signal } : {}) },
  );

/** What a call was refused with. */
const refusal = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a relay’s call', () => {
  it('[I8] that finds nobody is known never to have arrived', async () => {
    const error = await refusal(ask('http://127.0.0.1:1'));
    expect(error).toMatchObject({
      code: 'queue_unreachable',
      message: 'The queue at http://127.0.0.1:1 cannot be reached.',
    });
    expect(neverArrived(error)).toBe(true);
  });

  it.each<[string, RequestListener]>([
    ['before its answer', (request) => request.socket.destroy()],
    [
      'within its answer',
      (_request, response) => response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy()),
    ],
  ])('[I8] that is cut %s may have been carried out', async (_when, listener) => {
    const error = await refusal(ask(await serving(listener)));
    expect(error).toMatchObject({ code: 'queue_unreachable', cause: { code: 'ECONNRESET' } });
    expect(neverArrived(error)).toBe(false);
  });

  it('ends when its caller has gone, and so does its connection', async () => {
    const gone = new AbortController();
    const closed = new Promise<void>((resolve) => {
      void serving((request) => {
        request.once('close', () => resolve());
        gone.abort();
      }).then((url) => refusal(ask(url, gone.signal)));
    });
    await closed;
  });

  it('follows no redirect', async () => {
    let asked = 0;
    const url = await serving((_request, response) => {
      asked += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await expect(ask(url)).rejects.toMatchObject({
      code: 'queue_unreachable',
      message: expect.stringContaining('302'),
    });
    expect(asked).toBe(1);
  });
});
