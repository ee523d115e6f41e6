import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../support/service.ts';

let store: Server;
let origin: string;
let service: TestService;

beforeAll(async () => {
  const photo = await readFile('assets/receipts/contoso-receipt-2.jpg');
  store = createServer((request, response) => {
    if (request.url === '/photo') response.end(photo);
    else if (request.url === '/moved') response.writeHead(302, { location: '/photo' }).end();
    else if (request.url === '/endless') endless();
    else response.writeHead(404).end();

    function endless(): void {
      const chunk = Buffer.alloc(1024 * 1024, 0xff);
      const more = (): void => {
        if (response.destroyed) return;
        response.write(chunk, more);
      };
      more();
    }
  });
  store.listen(0, '127.0.0.1');
  await once(store, 'listening');
  origin = `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
  service = await startService(['--image-url-origin', origin]);
});

afterAll(async () => {
  await service?.stop();
  store?.closeAllConnections();
  store?.close();
});

const ask = (address: string) => service.extract('not-stored.jpg', { image_url: address });

describe('an image address on an allowed origin', () => {
  it('is fetched and read', async () => {
    expect((await ask(`${origin}/photo`)).body.metadata).toMatchObject({ total_amount: '2516.28' });
  });

  it('is not followed elsewhere', async () => {
    const { status, body } = await ask(`${origin}/moved`);
    expect([status, body.code]).toEqual([502, 'image_source_unavailable']);
  });

  it('is cut off at 20 MB', async () => {
    const { status, body } = await ask(`${origin}/endless`);
    expect([status, body.code]).toEqual([413, 'image_too_large']);
  });

  it('may name nothing', async () => {
    expect((await ask(`${origin}/nothing`)).body.code).toBe('image_missing');
  });

  it('is of the store that its settings name, where no flag names another', async () => {
    const own = await startService([], { S3_PUBLIC_ENDPOINT: origin, S3_ENDPOINT: 'http://127.0.0.1:1' });
    const answer = await own.extract('not-stored.jpg', { image_url: `${origin}/photo` }).finally(() => own.stop());
    expect(answer.body.metadata).toMatchObject({ total_amount: '2516.28' });
  });

  it('that gives other bytes than those whose hash the path names is not read', async () => {
    const key = `ab/${'ab'.repeat(32)}.jpg`;
    const { status, body } = await service.extract(key, { image_url: `${origin}/photo` });
    expect([status, body.code]).toEqual([422, 'image_unreadable']);
  });

  it.each(['http://localhost:1/photo', 'http://127.0.0.1@169.254.169.254/', 'ftp://127.0.0.1/a', 'not an address'])(
    'is refused when it is %s',
    async (address) => {
      const { status, body } = await ask(address);
      expect([status, body.code]).toEqual([422, 'invalid_argument']);
    },
  );
});
