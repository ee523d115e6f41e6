import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { BUILT_MAIN } from '../support/run-built.ts';
import { serveQueueOnSocket } from './support/queue-server.ts';

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
});

it('[P3] sends on the span of a host that traces, and nothing in the place of nonsense', async () => {
  const server = await serveQueueOnSocket();
  const relay = spawn(process.execPath, [BUILT_MAIN, 'mcp', '--url', server.url]);
  const lines = createInterface({ input: relay.stdout })[Symbol.asyncIterator]();
  const span = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const call = (id: number, traceparent: unknown) =>
    JSON.stringify({
      ...{ jsonrpc: '2.0', id, method: 'tools/call' },
      params: { name: 'queue_info', arguments: {}, _meta: { traceparent } },
    });
  relay.stdin.write(`${INITIALIZE}\n`);
  await lines.next();
  for (const [id, traceparent] of [span, 'nonsense\r\nx: y', 17].entries()) {
    relay.stdin.write(`${call(10 + id, traceparent)}\n`);
    await lines.next();
  }
  relay.stdin.end();
  await once(relay, 'exit');
  await server.close();
  expect(server.headers.map(({ traceparent }) => traceparent)).toEqual([span, undefined, undefined]);
});
