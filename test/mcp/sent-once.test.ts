import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createRelayQueue } from '../../mcp/relay-queue.ts';
import { createQueueClient } from '../../src/client/index.ts';
import { type CallRow, isRepeatable } from '../../src/contract/operation.ts';
import { type CallKey, calls } from '../../src/contract/operations.ts';
import { callByKey, type QueueApi } from '../../src/contract/queue-api.ts';
import { PRINCIPAL } from './support/servers.ts';

/** Receives every request whole, and cuts its connection where the answer should be. */
async function cuttingServer(): Promise<{ url: string; received: () => number; close(): void }> {
  let received = 0;
  const server = createServer((request) => {
    request.resume().once('end', () => {
      received += 1;
      request.socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, received: () => received, close: () => void server.close() };
}

/** Long enough for the relay to look again a few times. */
const RESTART_MS = 700;
const relay = (url: string) =>
  createRelayQueue({
    locate: () => url,
    start: undefined,
    startLimitMs: { withProgress: 0, silent: 0 },
    restartMs: RESTART_MS,
    connect: (to) => createQueueClient({ url: to, resumesWaits: false }),
    hints: { toStart: 'pantry-queue up', startLog: 'up.log' },
  });
const client = (url: string) => createQueueClient({ url });

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('an image');
}
const usual = (): Readonly<Record<string, unknown>> => ({
  receipt_id: 17,
  job_id: 'ocr-17',
  batch_id: 'batch-17',
  bulk_id: 'bulk-17',
  task_id: 't1.e30.x',
  priority: 'high',
  amount: '25.00',
  currency: 'EUR',
  period: 'day',
  name: 'nightly',
  cron: '0 2 * * *',
  webhook_id: 'webhook-17',
  key_id: 'pq_17',
  url: 'https://hooks.example/receipts',
  events: ['job.finished'],
  from: '2026-11-01T00:00:00Z',
  to: '2026-11-02T00:00:00Z',
  wait_seconds: 0,
  bytes: bytes(),
});
/** Of receipts these are days and no times. */
const DAYS = { from: '2026-01-01', to: '2026-01-31' };
const OF_RECEIPTS: ReadonlySet<string> = new Set(['findReceipts', 'summarizeReceipts']);
const inputFor = (key: CallKey): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries({ ...usual(), ...(OF_RECEIPTS.has(key) ? DAYS : {}) }).filter(([name]) =>
      Object.hasOwn(calls[key].input.shape, name),
    ),
  );

/** How often the call reaches the queue. */
async function timesSent(open: (url: string) => QueueApi, key: CallKey, input: unknown): Promise<number> {
  const { url, received, close } = await cuttingServer();
  try {
    const call = callByKey(open(url), key, input, { principal: PRINCIPAL });
    await expect(call).rejects.toMatchObject({ code: 'queue_unreachable' });
    return received();
  } finally {
    close();
  }
}

/** Every operation, also with the flag that makes it one that is never repeated. */
const CASES = (Object.keys(calls) as CallKey[]).flatMap((key) => {
  const { neverRepeatWith }: CallRow = calls[key];
  const flagged = neverRepeatWith === undefined ? [] : [{ key, more: { [neverRepeatWith]: true } }];
  return [{ key, more: {} }, ...flagged];
});

// Together: each waits for the whole time that a restart may take.
describe.concurrent('[M5] a connection that is cut before the answer', () => {
  it.each(CASES)('makes the relay send $key $more again only when that is safe', async ({ key, more }) => {
    const input = { ...inputFor(key), ...more };
    const sent = await timesSent(relay, key, input);
    // A stream is read once, so the relay has nothing to send again.
    const repeats = isRepeatable(calls[key], input) && key !== 'addReceipt';
    expect(repeats ? sent > 1 : sent === 1, `sent ${sent} times`).toBe(true);
  });

  it.each(CASES)('makes the client send $key $more no second time', async ({ key, more }) => {
    expect(await timesSent(client, key, { ...inputFor(key), ...more })).toBe(1);
  });

  const waits = CASES.filter(({ key }) => Object.hasOwn(calls[key].input.shape, 'wait_seconds'));

  it.each(waits)('makes the client ask again where it waits: $key', async ({ key }) => {
    const sent = await timesSent(client, key, { ...inputFor(key), wait_seconds: 2 });
    expect(calls[key].repeat).toBe('safe');
    expect(sent).toBeGreaterThan(1);
  });
});

it('what is repeated changes nothing more the second time: every read is safe, no destruction of rows is', () => {
  const rows = (Object.values(calls) as CallRow[]).map(({ name, effect, repeat }) => ({ name, effect, repeat }));
  expect(rows.filter(({ effect, repeat }) => effect === 'read' && repeat !== 'safe')).toEqual([]);
  expect(rows.filter(({ repeat }) => repeat === 'never').map(({ name }) => name)).toEqual([
    'retry_job',
    'delete_schedule',
    'rotate_webhook_secret',
    'test_webhook',
    'redeliver_webhook',
    'delete_webhook',
    'create_key',
    'rotate_key',
    'delete_receipt',
  ]);
  expect(rows.filter(({ repeat }) => repeat === 'keyed').map(({ name }) => name)).toEqual([
    'enqueue_batch_ocr',
    'run_schedule_now',
    'backfill_schedule',
    'add_receipt',
  ]);
});
