import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createQueueClient } from '../../src/client/index.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { asOwner } from '../support/installation.ts';
import { queueApiSuite } from './queue-api.suite.ts';

const http = useHttpQueue();

describe('the client over HTTP', () => {
  queueApiSuite(() => ({ queue: createQueueClient({ url: `${http.current.url}/` }), db: http.current.db }));
});

/** Something that answers everything so. */
async function somethingElse(status: number, body: string, headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('what is no queue', () => {
  it('is named by its address when nothing answers', async () => {
    const client = createQueueClient({ url: 'http://127.0.0.1:1' });
    await expect(client.queueInfo({}, asOwner)).rejects.toMatchObject({
      code: 'queue_unreachable',
      message: 'The queue at http://127.0.0.1:1 cannot be reached.',
      hint: expect.stringContaining('pantry-queue up'),
    });
  });

  it.each([
    [404, '<h1>Not Found</h1>', {}],
    [500, '{"error":"oops"}', { 'content-type': 'application/json' }],
    [409, '{"code":"from_the_future","detail":"x","hint":"y"}', { 'content-type': 'application/problem+json' }],
  ])('is said to be none when it answers %i otherwise', async (status, body, headers) => {
    const url = await somethingElse(status, body, headers);
    await expect(createQueueClient({ url }).queueInfo({}, asOwner)).rejects.toMatchObject({
      code: 'queue_unreachable',
      message: `What answers at ${url} is no pantry-queue (HTTP ${status}).`,
    });
  });

  it.each(['', 'hello', '{}', '[]', 'null', '{"name":7}'])('is found out when it answers 200 with %j', async (body) => {
    const url = await somethingElse(200, body);
    await expect(createQueueClient({ url }).queueInfo({}, asOwner)).rejects.toMatchObject({ code: 'internal' });
  });

  it('is not followed to another address', async () => {
    const url = await somethingElse(302, '', { location: `${http.current.url}/queue` });
    await expect(createQueueClient({ url }).queueInfo({}, asOwner)).rejects.toMatchObject({
      code: 'queue_unreachable',
    });
  });
});

it('sends its key, and what a proxy’s fetch adds', async () => {
  const seen: { url: string; authorization: string | null }[] = [];
  const spy: typeof fetch = (input, init) => {
    const request = new Request(input, init);
    seen.push({ url: request.url, authorization: request.headers.get('authorization') });
    return fetch(input, init);
  };
  const client = createQueueClient({ url: http.current.url, key: 'k1', fetch: spy });
  await client.queueInfo({ user_id: 5 }, asOwner);
  expect(seen).toEqual([{ url: `${http.current.url}/queue?user_id=5`, authorization: 'Bearer k1' }]);
});
