import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type PythonClient, pythons, startPythonClient } from './support/python.ts';

let server: Server;
let client: PythonClient;
afterEach(async () => {
  await client?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, nth: number) => void,
): Promise<string> {
  let nth = 0;
  server = createServer((request, response) => answer(request, response, ++nth));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

describe.each([...pythons()])('[H8] the limits of the Python client, in Python %s', (_version, program) => {
  it('a queue that says nothing ends a call', async () => {
    client = startPythonClient(program, await serve(() => undefined));
    await client.set('SILENT_S', 0.2);
    await client.set('TRIES', 1);
    expect(await client.call('get_queue_info')).toMatchObject({ raised: 'Unavailable', code: 'unavailable' });
  });

  it('an answer that comes too slowly ends a call, although it never falls silent', async () => {
    const drops: NodeJS.Timeout[] = [];
    const url = await serve((_request, response) => {
      response.writeHead(200);
      drops.push(setInterval(() => response.write(' '), 20));
    });
    client = startPythonClient(program, url);
    await client.set('timeout_s', 0.5);
    expect(await client.call('get_queue_info')).toMatchObject({
      raised: 'Unavailable',
      says: expect.stringContaining('too slowly'),
    });
    for (const each of drops) clearInterval(each);
  });

  it('an answer that is too large is not read to its end', async () => {
    const url = await serve((_request, response) => json(response, 200, { text: 'x'.repeat(100_000) }));
    client = startPythonClient(program, url);
    await client.set('MAX_ANSWER_BYTES', 10_000);
    expect(await client.call('get_queue_info')).toMatchObject({ raised: 'QueueError', code: 'answer_too_large' });
  });

  it('a call that was cut off is made again with the key and the idempotency key of the first', async () => {
    const seen: (string | undefined)[][] = [];
    const url = await serve((request, response, nth) => {
      const { authorization, 'idempotency-key': key } = request.headers;
      seen.push([request.url, authorization, String(key)]);
      if (nth === 1) return request.socket.destroy();
      json(response, 200, { batch_id: 'batch-1', job_id: 'ocr-1', status: 'queued' });
    });
    client = startPythonClient(program, url, 'pq_secret');
    const args = { receipt_ids: [1], image_paths: ['minio://receipts/1.jpg'], user_id: 1 };
    expect(await client.call('enqueue_batch_ocr', args)).toMatchObject([{ job: 'ocr-1' }]);
    const [first, second] = seen;
    expect(first).toEqual(['/jobs/batch', 'Bearer pq_secret', expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(second).toEqual(first);
  });

  it('a busy queue is asked again when it says, and a refusal is not', async () => {
    let asked = 0;
    const url = await serve((request, response, nth) => {
      asked = nth;
      if (request.url === '/jobs') return json(response, 403, { code: 'forbidden', detail: 'No.', hint: 'Ask.' });
      if (nth === 1) return json(response, 503, { code: 'ledger_unavailable', detail: 'Later.', retry_after_s: 0.01 });
      json(response, 404, { code: 'job_not_found', detail: 'No such job.', hint: '' });
    });
    client = startPythonClient(program, url);
    expect(await client.call('get_job_status', { job_id: 'ocr-9' })).toMatchObject({ status: 'not_found' });
    expect(asked).toBe(2);
    expect(await client.call('enqueue_ocr_task', { receipt_id: 1 })).toMatchObject({
      raised: 'NotAllowed',
      code: 'forbidden',
      says: 'forbidden: No. Ask.',
    });
    expect(asked).toBe(3);
  });

  it('an address that is none is named', async () => {
    await serve(() => undefined);
    client = startPythonClient(program, 'localhost:8000');
    expect(await client.call('get_queue_info')).toMatchObject({
      raised: 'ValueError',
      says: expect.stringContaining("'localhost:8000'"),
    });
  });
});
