import { getEventListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createQueueClient } from '../../src/client/index.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { operations } from '../../src/contract/operations.ts';
import { type Compared, compareAnswer } from '../http/support/documented.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { addReceipts } from '../support/db.ts';
import { asOwner } from '../support/owner.ts';
import { queueApiSuite } from './queue-api.suite.ts';

const http = useHttpQueue();

describe('the client over HTTP', () => {
  const answers: Compared[] = [];
  const comparing: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    answers.push(await compareAnswer(init?.method ?? 'GET', String(input), response));
    return response;
  };
  queueApiSuite(() => ({
    queue: createQueueClient({ url: `${http.current.url}/`, fetch: comparing }),
    db: http.current.db,
  }));

  it('[H3] was answered as the OpenAPI document describes: statuses, codes and bodies', () => {
    expect(answers.filter(({ faults }) => faults.length > 0)).toEqual([]);
    const seen = new Set(answers.map(({ operationId, status }) => `${operationId} ${status}`));
    const documented = Object.values<Operation>(operations).flatMap(({ name, accepted }) =>
      (accepted ? [200, 202] : [200]).map((status) => `${name} ${status}`),
    );
    expect([...documented, 'add_receipt 200', 'add_receipt 201'].filter((answer) => !seen.has(answer))).toEqual([]);
  });
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
    await expect(createQueueClient({ url }).queueInfo({}, asOwner)).rejects.toMatchObject({
      code: 'queue_unreachable',
    });
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

/** How an answer is lost between the queue and a client, as fetch shows it. */
const lost = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
const LOSSES: readonly (readonly [string, () => Promise<Response>])[] = [
  ...['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'ENOTFOUND'].map(
    (code) => [code, () => Promise.reject(lost(code))] as const,
  ),
  ...[502, 503, 504].map(
    (status) => [`HTTP ${status}`, async () => new Response('<h1>Bad gateway</h1>', { status })] as const,
  ),
];

describe('a wait whose answer is lost', () => {
  /** A client whose first calls lose their answers. */
  const losing = (lose: () => Promise<Response>, times: number) => {
    let asked = 0;
    const send: typeof fetch = (input, init) => {
      asked += 1;
      return asked <= times ? lose() : fetch(input, init);
    };
    return { client: createQueueClient({ url: http.current.url, fetch: send }), asked: () => asked };
  };
  const ended = async (): Promise<string> => {
    const [receipt_id = 0] = await addReceipts(http.current.db, 1);
    const { job_id } = await http.current.queue.enqueueOcr({ receipt_id }, asOwner);
    await http.current.queue.cancelJob({ job_id }, asOwner);
    return job_id;
  };

  it.concurrent.each(LOSSES)(
    '[I8] by %s goes on with the time that is left, and tells its caller',
    async (_how, lose) => {
      const job_id = await ended();
      const { client, asked } = losing(lose, 2);
      const news: string[] = [];
      const job = await client.getJobStatus(
        { job_id, wait_seconds: 20 },
        { ...asOwner, tell: (text) => news.push(text) },
      );
      expect(job.status).toBe('canceled');
      expect(asked()).toBe(3);
      expect(news[0]).toBe(`The connection to ${http.current.url} was lost; asking again.`);
    },
  );

  it.each(LOSSES)('by %s is the caller’s to repeat when no time was given', async (_how, lose) => {
    const { client, asked } = losing(lose, 2);
    const call = client.getJobStatus({ job_id: await ended() }, asOwner);
    await expect(call).rejects.toMatchObject({ code: 'queue_unreachable' });
    expect(asked()).toBe(1);
  });

  it('is not repeated for a call that is no wait, or that was told not to', async () => {
    const job_id = await ended();
    for (const [, lose] of LOSSES) {
      const { client, asked } = losing(lose, 1);
      await expect(client.retryJob({ job_id }, asOwner)).rejects.toMatchObject({ code: 'queue_unreachable' });
      expect(asked()).toBe(1);
    }
  });
});

it('keeps nothing of its calls on a signal that lives longer than they do', async () => {
  const client = createQueueClient({ url: http.current.url });
  const { signal } = new AbortController();
  for (let round = 0; round < 30; round += 1) await client.queueInfo({}, { ...asOwner, signal });
  expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1);
});
