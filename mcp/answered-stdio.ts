import { once } from 'node:events';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { type JSONRPCMessage, STDIO_DEFAULT_MAX_BUFFER_SIZE, type Transport } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { readLine } from './stdio-lines.ts';

export interface AnsweredStdio {
  readonly transport: Transport;
  /** Resolves when stdin has ended and every request that was read has its answer, or when nobody reads answers. */
  readonly whenDone: Promise<'answered' | 'connection_closed'>;
}

/**
 * MCP over stdio that answers what it has read, also when stdin ends first: `printf '…' | pantry-queue mcp`. The SDK's
 * transport drops requests in flight at the end of stdin, so it never gets to see that end.
 * @param limitMs for the answers that are open when stdin ends
 */
export function createAnsweredStdio(stdin: Readable, stdout: Writable, limitMs: number): AnsweredStdio {
  const feed = new PassThrough();
  const wire = new StdioServerTransport(feed, stdout);
  const open = new Map<unknown, number>();
  let settled = () => {};
  const settle = (id: unknown) => {
    const left = (open.get(id) ?? 1) - 1;
    if (left > 0) open.set(id, left);
    else open.delete(id);
    if (open.size === 0) settled();
  };

  const transport: Transport = {
    start: () => {
      // Read from the wire, never from the SDK's messages: it answers some of them before they get to a server.
      wire.onmessage = (message) => {
        if (isRequest(message)) open.set(message.id, (open.get(message.id) ?? 0) + 1);
        const canceled = canceledBy(message);
        if (canceled !== undefined && open.has(canceled)) settle(canceled);
        transport.onmessage?.(message);
      };
      wire.onerror = (error) => transport.onerror?.(error);
      wire.onclose = () => transport.onclose?.();
      return wire.start();
    },
    send: async (message) => {
      await wire.send(message);
      if ('id' in message && !('method' in message)) settle(message.id);
    },
    close: () => wire.close(),
  };

  const closed = new Promise<'connection_closed'>((resolve) => {
    const close = wire.close.bind(wire);
    wire.close = async () => {
      await close();
      resolve('connection_closed');
    };
  });
  const allAnswered = () =>
    new Promise<'answered'>((resolve) => {
      const timer = setTimeout(() => resolve('answered'), limitMs);
      settled = () => {
        clearTimeout(timer);
        resolve('answered');
      };
      if (open.size === 0) settled();
    });
  const answered = copyLines(stdin, feed, stdout).then(allAnswered);
  return { transport, whenDone: Promise.race([answered, closed]) };
}

const NEWLINE = 0x0a;
const LINE_END = Buffer.from([NEWLINE]);

/** Resolves when everything was handed on, a last line without its end included. */
async function copyLines(stdin: Readable, feed: PassThrough, stdout: Writable): Promise<void> {
  const write = async (bytes: Uint8Array) => {
    if (!feed.write(bytes)) await once(feed, 'drain');
  };
  const hand = async (bytes: Uint8Array) => {
    const { line, answer } = readLine(bytes);
    if (answer) stdout.write(`${JSON.stringify(answer)}\n`);
    if (line) await write(Buffer.concat([line, LINE_END]));
  };
  let parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        await hand(Buffer.concat([...parts, chunk.subarray(from, at)]));
        from = at + 1;
        parts = [];
        bytes = 0;
      }
      parts.push(chunk.subarray(from));
      bytes += chunk.length - from;
      if (bytes <= STDIO_DEFAULT_MAX_BUFFER_SIZE) continue;
      // The SDK ends a connection on which a line is longer than any message.
      for (const part of parts) await write(part);
      parts = [];
      bytes = 0;
    }
  } catch {
    // A broken pipe ends like a closed one.
  }
  if (bytes > 0) await hand(Buffer.concat(parts));
  // What was handed on last is read in the next turns of the loop.
  while (feed.readableLength > 0 && !feed.isPaused()) await new Promise(setImmediate);
  await new Promise(setImmediate);
}

type Request = Extract<JSONRPCMessage, { id: unknown; method: string }>;

/** A subscription stays open as long as its connection, so nobody waits for its answer. */
function isRequest(message: JSONRPCMessage): message is Request {
  return 'id' in message && 'method' in message && message.method !== 'subscriptions/listen';
}

function canceledBy(message: JSONRPCMessage): unknown {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined;
  return (message.params as { requestId?: unknown } | undefined)?.requestId;
}
