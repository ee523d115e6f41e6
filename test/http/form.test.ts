import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toAppError } from '../../src/contract/errors.ts';
import { receiveForm } from '../../src/http/form.ts';
import { type Listening, listen } from '../../src/http/listen.ts';
import { problemResponse } from '../../src/http/problem.ts';
import type { HttpEnv } from '../../src/http/route.ts';
import { createSpool } from '../../src/http/spool.ts';
import { silent } from '../support/log.ts';

const pace = { silentMs: 200, graceMs: 60_000, bytesPerS: 1, totalMs: 600 };
const spool = createSpool({ bytes: 1_000_000, forms: 10 });
let spoolDir: string;
let listening: Listening;

beforeAll(async () => {
  spoolDir = await mkdtemp(`${tmpdir()}/pantry-form-`);
  const app = new Hono<HttpEnv>();
  app.post('/', async (call) => {
    const form = await receiveForm(call, {
      spoolDir,
      fileField: 'file',
      maxFiles: 1,
      pace,
      allOrNone: true,
      spool,
      pass: (bytes) => bytes,
    });
    await form.remove();
    return call.text(`${form.files.length}`);
  });
  app.onError((error) => problemResponse(toAppError(error), 'none'));
  listening = await listen({ fetch: app.fetch, host: '127.0.0.1', port: 0, log: silent });
});
afterAll(async () => {
  await listening.close(100);
  await rm(spoolDir, { recursive: true, force: true });
});

/** Sends the beginning of an upload, then a byte each so many milliseconds, until it is answered. */
function drip(everyMs: number | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    let timer: NodeJS.Timeout | undefined;
    const socket = connect(listening.port, '127.0.0.1', () => {
      socket.write(
        'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 90000\r\n\r\n' +
          '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n',
      );
      if (everyMs !== undefined) {
        // The server may have answered and closed between two bytes.
        timer = setInterval(() => socket.writable && socket.write('x'), everyMs);
      }
    });
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (answer.includes('}')) socket.end();
    });
    socket.once('error', reject);
    socket.once('close', () => {
      clearInterval(timer);
      resolve(answer);
    });
  });
}

it('cuts an upload that has stalled, says so, and leaves nothing behind', async () => {
  const answer = await drip(undefined);
  expect(answer).toContain('HTTP/1.1 408');
  expect(answer).toContain('nothing came for 0.2 s');
  expect(await readdir(spoolDir)).toEqual([]);
});

it('cuts an upload that drips on for ever', async () => {
  const answer = await drip(50);
  expect(answer).toContain('HTTP/1.1 408');
  expect(answer).toContain('within 0.6 s');
  expect(await readdir(spoolDir)).toEqual([]);
});

it('says that the store cannot be used when its folder is not there', async () => {
  await rm(spoolDir, { recursive: true });
  const body = new FormData();
  body.append('file', new Blob(['x']), 'x');
  const response = await fetch(`http://127.0.0.1:${listening.port}/`, { method: 'POST', body });
  expect(await response.json()).toMatchObject({ code: 'storage_unavailable', status: 503 });
});
