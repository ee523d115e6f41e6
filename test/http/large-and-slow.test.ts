import { readdir, readlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { takesBody } from '../../src/contract/operation.ts';
import { operations } from '../../src/contract/operations.ts';
import { addReceipts } from '../support/db.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { receiptPhoto } from './support/images.ts';
import { problemIn, raw } from './support/raw.ts';

const MB = 1024 * 1024;
const LARGE = 21 * MB;

/** A request head that closes the connection behind itself. */
function head(method: string, address: string, type: string, framing: string): string {
  return `${method} ${address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: */*\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n`;
}

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'multipart/form-data; boundary=x';
const filePart = (name: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;

const jsonRoutes = Object.values(operations).flatMap(({ http: [method, address] }) =>
  takesBody(method) ? [[method, address, JSON_TYPE, '{"x":"', 'body_too_large'] as const] : [],
);
const routes = [
  ...jsonRoutes,
  ['POST', '/receipts', FORM_TYPE, filePart('file'), 'image_too_large'],
  ['POST', '/receipts/bulk', FORM_TYPE, filePart('files'), 'image_too_large'],
] as const;

/** Forms are whole: one that breaks off is refused as malformed, whatever its files are. */
function bodyOf(beginning: string): Buffer {
  const end = beginning.startsWith('--x') ? '\r\n--x--\r\n' : '';
  return Buffer.concat([Buffer.from(beginning), Buffer.alloc(LARGE, receiptPhoto), Buffer.from(end)]);
}

function inChunks(body: Buffer): Buffer[] {
  const chunks = Array.from({ length: Math.ceil(body.length / MB) }, (_, n) => body.subarray(n * MB, (n + 1) * MB));
  return chunks.map((chunk) =>
    Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
  );
}

describe('a body of 21 MB', () => {
  const http = useHttpQueue();

  it.each(routes)(
    'is refused by %s %s, with and without a length beforehand',
    async (method, address, type, beginning, code) => {
      const before = await http.current.traces();
      const body = bodyOf(beginning);
      const { port } = http.current;
      const answers = [
        await raw(port, head(method, address, type, `Content-Length: ${body.length}`), body),
        await raw(port, head(method, address, type, 'Transfer-Encoding: chunked'), ...inChunks(body), '0\r\n\r\n'),
      ];
      for (const answer of answers) {
        expect(problemIn(answer)).toEqual({ status: 413, type: 'application/problem+json', code });
      }
      expect(await http.current.traces()).toEqual(before);
    },
  );

  it('is refused by MCP, in JSON', async () => {
    const body = bodyOf('{"x":"');
    const { port } = http.current;
    for (const answer of [
      await raw(port, head('POST', '/mcp', JSON_TYPE, `Content-Length: ${body.length}`), body),
      await raw(port, head('POST', '/mcp', JSON_TYPE, 'Transfer-Encoding: chunked'), ...inChunks(body), '0\r\n\r\n'),
    ]) {
      expect(answer).toMatch(/^HTTP\/1.1 413 /);
      expect(answer).toMatch(/^content-type: application\/json/im);
      expect(answer).toContain('"jsonrpc":"2.0"');
    }
  });

  it('that has no length and no chunks is no body, and what follows no request', async () => {
    const answer = await raw(http.current.port, 'POST /jobs HTTP/1.1\r\nHost: localhost\r\n\r\n', bodyOf('{"x":"'));
    expect(problemIn(answer)).toEqual({ status: 400, type: 'application/problem+json', code: 'malformed_request' });
  });

  it('leaves the server as it was', async () => {
    expect((await http.current.fetch('/livez')).status).toBe(200);
    expect(await readdir(path.join(http.current.imageDir, '.incoming'))).toEqual([]);
  });
});

describe('a client that stops sending', () => {
  const pace = { silentMs: 400, graceMs: 60_000, bytesPerS: 1, totalMs: 60_000 };
  const http = useHttpQueue(
    { uploadPace: pace },
    { headersMs: 300, requestMs: 400, checkEveryMs: 50, discard: { ...pace, bytes: MB } },
  );

  it.each([
    ['in the headers', 'POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Ty'],
    ['in the body of a call', `${head('POST', '/jobs', JSON_TYPE, 'Content-Length: 900')}{"receipt_id":`],
    ['between chunks', `${head('POST', '/jobs', JSON_TYPE, 'Transfer-Encoding: chunked')}5\r\n{"rec\r\n`],
    ['in an image', `${head('POST', '/receipts', FORM_TYPE, 'Content-Length: 90000')}${filePart('file')}half`],
    [
      'in one of many images',
      `${head('POST', '/receipts/bulk', FORM_TYPE, 'Content-Length: 90000')}${filePart('files')}half`,
    ],
    ['in a call of a tool', `${head('POST', '/mcp', JSON_TYPE, 'Content-Length: 900')}{"jsonrpc":"2.0",`],
  ])('%s is told so and cut off, and nothing of it stays', async (_where, sent) => {
    const before = await http.current.traces();
    const answer = await raw(http.current.port, sent);
    expect(problemIn(answer)).toEqual({ status: 408, type: 'application/problem+json', code: 'request_timeout' });
    await expect.poll(() => http.current.traces()).toEqual(before);
  });
});

describe('a client that does not read', () => {
  const http = useHttpQueue({}, { unreadMs: 500 });
  const SIZE = 18 * MB;

  async function largeImage(): Promise<{ address: string; file: string }> {
    const [id] = await addReceipts(http.current.db, 1);
    const file = path.join(http.current.imageDir, 'receipts', 'large.jpg');
    await writeFile(file, Buffer.alloc(SIZE, receiptPhoto));
    await http.current.db.query(`update public.receipts set image_path = 'minio://receipts/large.jpg' where id = $1`, [
      id,
    ]);
    return { address: `/receipts/${id}/image`, file };
  }

  function askAndLook(address: string): Socket {
    const socket = connect(http.current.port, '127.0.0.1', () =>
      socket.write(`GET ${address} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    );
    socket.on('error', () => undefined);
    return socket.pause();
  }

  /** How often this process, in which the server runs, has the file open. */
  async function timesOpen(file: string): Promise<number> {
    const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
    return (await Promise.all(links)).filter((target) => target === file).length;
  }

  it('holds neither memory nor, for long, the image and the connection; others are served', async () => {
    const { address, file } = await largeImage();
    const readers = 20;
    const before = process.memoryUsage().arrayBuffers;
    const sockets = Array.from({ length: readers }, () => askAndLook(address));
    let held = 0;
    const openNow = () => {
      held = Math.max(held, process.memoryUsage().arrayBuffers - before);
      return timesOpen(file);
    };
    await expect.poll(openNow, { timeout: 10_000 }).toBeGreaterThan(0);
    expect((await http.current.fetch('/livez')).status).toBe(200);
    await expect.poll(openNow, { timeout: 20_000 }).toBe(0);
    expect(held).toBeLessThan((readers * SIZE) / 4);
    for (const socket of sockets) socket.destroy();
  });

  it('is not taken for one that waits for its job', async () => {
    const [id] = await addReceipts(http.current.db, 1);
    await http.current.fetch(`/receipts/${id}/ocr`, { method: 'POST' });
    expect((await http.current.fetch(`/jobs/ocr-${id}?wait_seconds=1`)).status).toBe(200);
  });
});
