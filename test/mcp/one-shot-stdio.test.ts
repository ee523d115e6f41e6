import { spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAnsweredStdio } from '../../mcp/answered-stdio.ts';
import { createMcpServer } from '../../mcp/server.ts';
import { BUILT_MAIN } from '../support/run-built.ts';
import { aQueueInfo, createFakeQueue } from './support/fake-queue.ts';
import { serveQueueOnSocket } from './support/queue-server.ts';
import { createTestLogger, PRINCIPAL } from './support/servers.ts';

const call = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'queue_info' } });
const lines = (messages: readonly unknown[]) => messages.map((message) => JSON.stringify(message)).join('\n');

const LIMIT_MS = 3_000;
/** For calls that nothing will answer: waiting longer would show the same. */
const SHORT_LIMIT_MS = 300;
const SPEEDS = { 'at once': 0, slowly: 150, never: Number.POSITIVE_INFINITY } as const;

/** A relay on streams, whose queue answers after a while; gives the ids that were answered when it is done. */
async function oneShot(
  input: string | Buffer,
  answersAfterMs: number,
  { chunkBytes = 1_000_000, limitMs = LIMIT_MS }: { chunkBytes?: number; limitMs?: number } = {},
) {
  const fake = createFakeQueue();
  const gone = new AbortController();
  setMaxListeners(0, gone.signal);
  const queueInfo = async () => {
    if (answersAfterMs > LIMIT_MS) await delay(60_000, undefined, { signal: gone.signal }).catch(() => undefined);
    else if (answersAfterMs > 0) await delay(answersAfterMs);
    return aQueueInfo();
  };
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const written = text(stdout);
  const { transport, whenDone } = createAnsweredStdio(stdin, stdout, limitMs);
  const deps = { queue: { ...fake.queue, queueInfo }, logger: createTestLogger(), principal: PRINCIPAL };
  const handle = serveStdio(({ era }) => createMcpServer(deps, era), { transport });
  const bytes = Buffer.from(input);
  for (let at = 0; at < bytes.length; at += chunkBytes) stdin.write(bytes.subarray(at, at + chunkBytes));
  const beganAt = Date.now();
  stdin.end();
  const reason = await whenDone;
  const tookMs = Date.now() - beganAt;
  await handle.close();
  gone.abort();
  stdout.end();
  const answers = (await written).split('\n').filter((line) => line !== '');
  return { reason, tookMs, ids: answers.map((line) => JSON.parse(line).id).filter((id) => id !== undefined) };
}

const cases = [0, 1, 2, 40].flatMap((count) =>
  (Object.keys(SPEEDS) as (keyof typeof SPEEDS)[]).flatMap((speed) =>
    ['\n', '', '\r\n'].map((end) => ({ count, speed, end })),
  ),
);

describe('stdin that ends', () => {
  it.each(cases)(
    '[M5] with $count calls open that are answered $speed, after a last $end, loses no answer',
    async (row) => {
      const { count, speed, end } = row;
      const ids = Array.from({ length: count }, (_, place) => place + 1);
      const limitMs = speed === 'never' ? SHORT_LIMIT_MS : LIMIT_MS;
      const input = `${lines(ids.map(call))}${count > 0 ? end : ''}`;
      const { ids: answered, tookMs } = await oneShot(input, SPEEDS[speed], { limitMs });
      expect(answered.sort((left, right) => left - right)).toEqual(speed === 'never' ? [] : ids);
      // Bounded, and as long as the bound only when something stays open.
      if (speed === 'never' && count > 0) expect(tookMs).toBeGreaterThanOrEqual(limitMs - 50);
    },
  );

  it('[M5] gives every request its answer, also those the SDK refuses, and waits for no notification', async () => {
    const messages = [
      {
        jsonrpc: '2.0',
        id: 'a',
        method: 'initialize',
        params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
      },
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 'b', method: 'tools/list' },
      { jsonrpc: '2.0', id: 'c', method: 'no/such' },
      { jsonrpc: '2.0', id: 'd', method: 'tools/call', params: { name: 'nothing' } },
      { jsonrpc: '2.0', id: 7, result: {} },
      call('e'),
      call('e'),
    ];
    const { ids, tookMs } = await oneShot(lines(messages), 100);
    expect(ids.sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'e']);
    expect(tookMs).toBeLessThan(LIMIT_MS);
  });

  it('waits for no answer to a call that was canceled', async () => {
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    const { tookMs } = await oneShot(lines([call(1), cancel]), Number.POSITIVE_INFINITY);
    expect(tookMs).toBeLessThan(LIMIT_MS);
  });

  it.each([1, 7, 64])('reads what comes in pieces of %i bytes', async (chunkBytes) => {
    const { ids } = await oneShot(lines([call(1), call(2), call(3)]), 0, { chunkBytes });
    expect(ids).toHaveLength(3);
  });

  it.each([
    ['', []],
    ['\n\n', []],
    ['{"jsonrpc":"2.0","id":', [null]],
    ['not json', [null]],
  ])('ends at once after %j', async (input, answered) => {
    const { ids, tookMs } = await oneShot(input, 0);
    expect(ids).toEqual(answered);
    expect(tookMs).toBeLessThan(LIMIT_MS);
  });
});

describe('the command in a pipe', () => {
  it.each(['\n', ''])('[M5] answers all that printf gave it, the last line ended by %j, and exits 0', async (end) => {
    const queue = await serveQueueOnSocket();
    onTestFinished(() => queue.close());
    const relay = spawn(process.execPath, [BUILT_MAIN, 'mcp', '--url', queue.url], {
      env: { PATH: process.env.PATH ?? '' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    relay.stdin.end(`${lines([1, 2, 3].map(call))}${end}`);
    const [output, exitCode] = await Promise.all([
      text(relay.stdout),
      new Promise((resolve) => relay.once('exit', resolve)),
    ]);
    expect(exitCode).toBe(0);
    const ids = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id);
    expect(ids.sort()).toEqual([1, 2, 3]);
  });
});
