import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Pace } from '../../src/http/pace.ts';
import { asOwner } from '../support/owner.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { receiptPhoto } from './support/images.ts';
import { problemIn } from './support/raw.ts';

const BODY = Buffer.concat([
  Buffer.from('--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'),
  receiptPhoto,
  Buffer.from('\r\n--x--\r\n'),
]);
const PIECE = 8 * 1024;

/** Sends an upload in pieces with a pause after each, and goes on sending until the server closes. */
async function dribble(port: number, pauseMs = 5, path = '/receipts'): Promise<string> {
  let answer = '';
  const socket = connect(port, '127.0.0.1');
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: ${BODY.length}\r\n\r\n`,
  );
  for (let at = 0; at < BODY.length && !socket.destroyed; at += PIECE) {
    socket.write(BODY.subarray(at, at + PIECE));
    await pause(pauseMs);
  }
  await closed;
  return answer;
}

const patient: Pace = { silentMs: 60_000, graceMs: 1, bytesPerS: 1_000, totalMs: 600_000 };

describe('a line that is slower than a call of JSON may be', () => {
  // The body takes longer than any other request has; its head has all the time that a busy machine needs.
  const requestMs = 1_000;
  const http = useHttpQueue({ uploadPace: patient }, { requestMs, headersMs: requestMs, checkEveryMs: 50 });

  it('[H1] passes as long as it is steady', async () => {
    const pieces = Math.ceil(BODY.length / PIECE);
    expect(await dribble(http.current.port, (1.5 * requestMs) / pieces)).toMatch(/^HTTP\/1.1 201 /);
  });
});

describe('a line below the least rate', () => {
  const http = useHttpQueue({ uploadPace: { ...patient, bytesPerS: 2 ** 40 } });

  it.each([
    ['of an upload', async () => '/receipts'],
    ['of an upload address', async () => (await http.current.queue.createUpload({}, asOwner)).path],
  ])('[H1] %s gets an answer that says so while it is still sending, and nothing stays', async (_what, pathOf) => {
    const path = await pathOf();
    const before = await http.current.traces();
    const answer = await dribble(http.current.port, 5, path);
    expect(problemIn(answer)).toMatchObject({ status: 408, code: 'request_timeout' });
    expect(answer).toContain('The upload is too slow: less than');
    await expect.poll(() => http.current.traces()).toEqual(before);
  });
});
