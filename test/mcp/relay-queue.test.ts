import { describe, expect, it } from 'vitest';
import { createRelayQueue, type RelayDeps } from '../../mcp/relay-queue.ts';
import { AppError } from '../../src/contract/errors.ts';
import { type OperationKey, operations } from '../../src/contract/operations.ts';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import { connect, type TestClient } from './support/clients.ts';
import { aJob, createFakeQueue } from './support/fake-queue.ts';
import { PRINCIPAL, serveQueue } from './support/servers.ts';

const CONTEXT = { principal: PRINCIPAL };
const HINTS = { toStart: 'pantry-queue up', startLog: '/data/logs/started-by-mcp.log' };

function relay(deps: Partial<RelayDeps>) {
  return createRelayQueue({
    locate: () => undefined,
    start: undefined,
    startLimitMs: { withProgress: 900, silent: 300 },
    restartMs: 0,
    connect: () => createFakeQueue().queue,
    hints: HINTS,
    ...deps,
  });
}

async function withMcp(queue: QueueApi, work: (client: TestClient) => Promise<void>): Promise<void> {
  const place = serveQueue(queue);
  const client = await connect('v2-auto', place);
  await work(client);
  await client.close();
  await place.close();
}

describe('a relay', () => {
  it('starts a queue for the first call, not for the connection', async () => {
    let starts = 0;
    const queue = relay({
      locate: () => (starts > 0 ? 'http://localhost:1' : undefined),
      start: () => {
        starts += 1;
        return { isNew: true, hasFailed: () => false };
      },
    });
    expect(starts).toBe(0);
    await queue.queueInfo({}, CONTEXT);
    await queue.queueInfo({}, CONTEXT);
    expect(starts).toBe(1);
  });

  it('[M8] starts no queue for a host that only lists what there is', async () => {
    let starts = 0;
    const queue = relay({
      start: () => {
        starts += 1;
        return { isNew: true, hasFailed: () => false };
      },
    });
    await withMcp(queue, async (client) => {
      expect(await client.ask('resources/list')).toMatchObject({ resources: [] });
      const ref = { type: 'ref/resource', uri: 'receipt://jobs/{id}' };
      expect(await client.ask('completion/complete', { ref, argument: { name: 'id', value: '' } })).toMatchObject({
        completion: { values: [] },
      });
      await client.ask('prompts/list');
      expect(starts).toBe(0);
      await expect(client.ask('resources/read', { uri: 'receipt://jobs/ocr-1' })).rejects.toMatchObject({
        code: -32603,
        message: expect.stringContaining('The queue is starting.'),
        data: { code: 'queue_unreachable', retryable: true, retry_after_s: 5 },
      });
      expect(starts).toBe(1);
    });
  });

  it.each([
    ['silent', undefined, 300],
    ['told of progress', () => undefined, 900],
  ])('[M5] answers a host that is %s before it gives up, while the queue still starts', async (_who, tell, limitMs) => {
    let looks = 0;
    const locate = () => {
      looks += 1;
      return undefined;
    };
    const queue = relay({ locate, start: () => ({ isNew: true, hasFailed: () => false }) });
    await expect(queue.queueInfo({}, { ...CONTEXT, tell })).rejects.toMatchObject({
      code: 'queue_unreachable',
      message: 'The queue is starting.',
      retryAfterS: 5,
      hint: expect.stringContaining(HINTS.startLog),
    });
    // It looks every 200 ms, so the looks tell how long it waited.
    expect(looks).toBeGreaterThan(limitMs / 300);
    expect(looks).toBeLessThanOrEqual(limitMs / 200 + 2);
  });

  it('tells a host that listens that the queue starts', async () => {
    const news: string[] = [];
    const queue = relay({ start: () => ({ isNew: true, hasFailed: () => false }) });
    await expect(queue.queueInfo({}, { ...CONTEXT, tell: (text) => news.push(text) })).rejects.toThrow();
    expect(news).toEqual(['The queue is starting.']);
  });

  it('stops waiting when the call is canceled', async () => {
    const long = { withProgress: 60_000, silent: 60_000 };
    const queue = relay({ startLimitMs: long, start: () => ({ isNew: true, hasFailed: () => false }) });
    const call = queue.queueInfo({}, { ...CONTEXT, signal: AbortSignal.timeout(20) });
    await expect(call).rejects.toMatchObject({ code: 'queue_unreachable' });
  });

  it('connects once to one address, and again to a new one', async () => {
    const connected: string[] = [];
    let url = 'http://localhost:1';
    const queue = relay({
      locate: () => url,
      connect: (to) => {
        connected.push(to);
        return createFakeQueue().queue;
      },
    });
    await queue.queueInfo({}, CONTEXT);
    await queue.queueInfo({}, CONTEXT);
    url = 'http://localhost:2';
    await queue.queueInfo({}, CONTEXT);
    expect(connected).toEqual(['http://localhost:1', 'http://localhost:2']);
  });
});

/** How a connection ends, as fetch throws it: before the queue can have seen the call, or after it may have. */
const fetchFailed = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
const LOSSES = {
  'never arrived': ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
  'may have arrived': ['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'UND_ERR_HEADERS_TIMEOUT'],
} as const;

const CALLS: readonly [key: OperationKey, input: object, repeatable: boolean][] = [
  ['enqueueOcr', { receipt_id: 17 }, true],
  ['enqueueOcr', { receipt_id: 17, force: true }, false],
  ['enqueueBatchOcr', { receipt_ids: [17], force: true }, false],
  ['getJobStatus', { job_id: 'ocr-17' }, true],
  ['queueInfo', {}, true],
  ['cancelJob', { job_id: 'ocr-17' }, true],
  ['retryJob', { job_id: 'ocr-17' }, false],
];

/** A relay whose first queue loses the answer of a call with this, and whose second one answers. */
function losing(error: unknown, deps: Partial<RelayDeps> = {}) {
  let asked = 0;
  const lose = async (): Promise<never> => {
    asked += 1;
    throw error;
  };
  const places = ['http://localhost:1', 'http://localhost:2'];
  const queue = relay({
    restartMs: 2_000,
    locate: () => places[Math.min(asked, 1)],
    connect: (url) => {
      const fake = createFakeQueue();
      fake.put(aJob({ receipt_id: 17, status: 'failed', phase: null }));
      if (url.endsWith('2')) return { ...fake.queue, enqueueBatchOcr: async () => ({}) as never };
      return Object.fromEntries(Object.keys(operations).map((key) => [key, lose])) as unknown as QueueApi;
    },
    ...deps,
  });
  type AnyCall = (input: object, context: object) => Promise<unknown>;
  return { call: (key: OperationKey, input: object) => (queue[key] as AnyCall)(input, CONTEXT), asked: () => asked };
}

const lost = (code: string) => new AppError('queue_unreachable', 'Gone.', { cause: fetchFailed(code) });

describe('a queue that goes away during a call', () => {
  const cases = CALLS.flatMap(([key, input, repeatable]) =>
    Object.entries(LOSSES).flatMap(([when, codes]) => codes.map((code) => ({ key, input, repeatable, when, code }))),
  );

  it.each(cases)('[M5] $key $input, $code: is asked again only when that is safe', async (row) => {
    const { key, input, repeatable, when, code } = row;
    const { call } = losing(lost(code));
    if (repeatable || when === 'never arrived') {
      await expect(call(key, input)).resolves.toBeDefined();
      return;
    }
    await expect(call(key, input)).rejects.toMatchObject({
      code: 'queue_unreachable',
      message: `The queue went away before it answered ${operations[key].name}; it may have been done.`,
      hint: expect.stringContaining('Look with get_job_status {"job_id":"ocr-'),
    });
  });

  it('is not asked again about a wait: who waits asks with the time that is left', async () => {
    const { call, asked } = losing(lost('ECONNREFUSED'));
    await expect(call('getJobStatus', { job_id: 'ocr-17', wait_seconds: 20 })).rejects.toThrow('Gone.');
    expect(asked()).toBe(1);
  });

  it('is asked again at the same address while it restarts there, and no longer than that', async () => {
    const { call, asked } = losing(lost('ECONNREFUSED'), { locate: () => 'http://localhost:1', restartMs: 700 });
    await expect(call('queueInfo', {})).rejects.toThrow('Gone.');
    expect(asked()).toBeGreaterThan(1);
  });

  it.each([
    new AppError('queue_unreachable', 'What answers is no pantry-queue (HTTP 404).'),
    new AppError('job_not_found', 'No.'),
    new AppError('ledger_unavailable', 'Nothing was accepted.'),
    new AppError('internal', 'No.'),
  ])('is not asked again when it answered: %s', async (error) => {
    const { call, asked } = losing(error);
    await expect(call('queueInfo', {})).rejects.toBe(error);
    expect(asked()).toBe(1);
  });
});
