import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { useHttpQueue } from './support/http-queue.ts';
import { receiptPhoto } from './support/images.ts';
import { problemIn } from './support/raw.ts';
import { formOf, photo } from './support/upload-form.ts';

const MB = 1024 * 1024;
const BUDGET = { bytes: 4 * MB, forms: 20 };
const http = useHttpQueue(
  { spoolBudget: BUDGET },
  { discard: { silentMs: 200, graceMs: 60_000, bytesPerS: 1, totalMs: 5_000, bytes: MB } },
);

interface Stalled {
  readonly socket: Socket;
  answer(): string;
}

/** Sends the beginning of an upload, and no more. */
function stall(): Stalled {
  let answer = '';
  const socket = connect(http.current.port, '127.0.0.1');
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.on('error', () => undefined);
  socket.write(
    `POST /receipts HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: ${10 * MB}\r\n\r\n` +
      '--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n',
  );
  socket.write(Buffer.concat([receiptPhoto, Buffer.alloc(MB - receiptPhoto.length)]));
  return { socket, answer: () => answer };
}

const send = (address: string, form: FormData) => http.current.fetch(address, { method: 'POST', body: form });

describe('uploads that stall', () => {
  it('[I11] hold no more than the budget: the slowest are refused with a time to come back, and others pass', async () => {
    const stalled = Array.from({ length: 12 }, stall);
    const refused = () => stalled.filter(({ answer }) => answer().includes('}'));
    await expect.poll(() => refused().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(8);
    for (const { answer } of refused()) {
      expect(problemIn(answer())).toEqual({ status: 429, type: 'application/problem+json', code: 'rate_limited' });
      expect(answer()).toMatch(/^retry-after: 10$/im);
    }
    expect((await send('/receipts', formOf(['file', photo()]))).status).toBe(201);
    for (const { socket } of stalled) socket.destroy();
  });

  it('[I11] cost a form nothing that is alone, however large it is', async () => {
    const large = new Blob([Buffer.concat([receiptPhoto, Buffer.alloc(6 * MB)])]);
    expect((await send('/receipts', formOf(['file', large]))).status).toBe(201);
  });
});
