import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createQueueClient, type StreamMessage } from '../../src/client/index.ts';
import { AppError as QueueError } from '../../src/contract/errors.ts';
import { EVENT_STREAM } from '../../src/contract/event-stream.ts';
import { problemOf } from '../../src/contract/problem.ts';

const event = (n: number, type = 'canceled') => ({
  id: `c${n}`,
  type,
  job_id: 'ocr-17',
  receipt_id: 17,
  user_id: 7,
  batch_id: null,
  state: 'canceled',
  attempt: null,
  at: '2026-11-27T09:00:00.000Z',
  sequence: n,
  data: null,
});
const frame = (message: { readonly id: string }) => `id: ${message.id}\ndata: ${JSON.stringify(message)}\n\n`;
const streaming = (...chunks: readonly string[]) =>
  new Response(
    chunks.join('') === '' ? null : ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk))),
  );
const refused = (error: QueueError) => Response.json(problemOf(error), { status: problemOf(error).status });

/** A client whose connections are answered one after the other, and the addresses that it asked for. */
function clientOver(...answers: (Response | Error)[]) {
  const asked: string[] = [];
  const client = createQueueClient({
    url: 'http://queue',
    fetch: async (address) => {
      asked.push(String(address).replace('http://queue/events', ''));
      const answer = answers.shift();
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no further answer');
      return answer;
    },
  });
  return { client, asked };
}

/** @param count of messages; then the loop is left */
async function take(messages: AsyncIterable<StreamMessage>, count: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of messages) if (ids.push(id) === count) break;
  return ids;
}

describe('events() of the client', () => {
  it('[H4] comes back with the cursor of the last event or comment, and gives each message once', async () => {
    const { client, asked } = clientOver(
      streaming('retry: 2000\n\n', frame(event(1)), ':\nid: c5\n\n'),
      new TypeError('fetch failed', { cause: new Error('ECONNRESET') }),
      streaming(
        `${frame(event(6)).slice(0, 20)}`,
        `${frame(event(6)).slice(20)}id: c7\r\ndata: `,
        `${JSON.stringify(event(7))}\r\n\r\n`,
      ),
    );
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const taken = take(client.events({ after: 'c0', types: ['canceled', 'failed'] }), 3);
    for (let connections = 1; connections < 3; connections++) {
      await vi.waitUntil(() => asked.length === connections);
      await vi.advanceTimersByTimeAsync(EVENT_STREAM.retryMs);
    }
    expect(await taken).toEqual(['c1', 'c6', 'c7']);
    const types = 'types=canceled&types=failed';
    expect(asked).toEqual([`?after=c0&${types}`, `?after=c5&${types}`, `?after=c5&${types}`]);
  });

  it('[H4] gives resync as a message, and types of a newer queue as they are', async () => {
    const resync = { type: 'resync', id: 'c1', reason: 'cursor_expired' } as const;
    const { client } = clientOver(
      streaming(`id: c1\nevent: resync\ndata: ${JSON.stringify(resync)}\n\n`, frame(event(2, 'of_a_newer_queue'))),
    );
    const messages: StreamMessage[] = [];
    for await (const message of client.events({})) if (messages.push(message) === 2) break;
    expect(messages).toEqual([resync, event(2, 'of_a_newer_queue')]);
  });

  it.each([
    ['what the queue refuses', refused(new QueueError('job_not_found', 'There is no job.')), 'job_not_found'],
    ['too many streams', refused(new QueueError('rate_limited', 'Too many.')), 'rate_limited'],
    ['a queue that is not there', new TypeError('fetch failed'), 'queue_unreachable'],
    ['an event that is none', streaming('data: {"id":1}\n\n'), 'internal'],
    ['an event without an end', streaming('x'.repeat(2 * 1024 * 1024)), 'internal'],
  ])('throws at its first connection for %s', async (_what, answer, code) => {
    const { client } = clientOver(answer);
    await expect(take(client.events({}), 1)).rejects.toMatchObject({ code });
  });

  it('is refused before anything is sent where an argument is none', async () => {
    const { client, asked } = clientOver();
    await expect(take(client.events({ types: ['nothing'] } as never), 1)).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    expect(asked).toEqual([]);
  });

  it('ends quietly when its signal fires, and at the first cut where it does not resume', async () => {
    const ended = new AbortController();
    const client = createQueueClient({
      url: 'http://queue',
      fetch: async (_address, init) =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode(frame(event(1))));
              init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason));
            },
          }),
        ),
    });
    const ids: string[] = [];
    for await (const { id } of client.events({}, { signal: ended.signal })) {
      ids.push(id);
      ended.abort();
    }
    expect(ids).toEqual(['c1']);
    const once = createQueueClient({
      url: 'http://queue',
      resumesWaits: false,
      fetch: async () => streaming(frame(event(1))),
    });
    expect(await take(once.events({}), 9)).toEqual(['c1']);
  });
});
