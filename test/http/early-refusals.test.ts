import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import { createOpenPrincipal } from '../../src/http/principal.ts';
import { DISCARD, useHttpQueue } from './support/http-queue.ts';
import { receiptPhoto } from './support/images.ts';
import { problemIn, raw } from './support/raw.ts';
import { type LargeRequest, type SeenAnswer, senders } from './support/senders.ts';

const MB = 1024 * 1024;
/** Larger than what both sides' sockets hold: anyone who does not read it resets the connection. */
const SIZE = 16 * MB;
const TOO_LARGE = 21 * MB;

const openPrincipal = createOpenPrincipal();
const http = useHttpQueue(
  {
    principalOf: async (request) => {
      if (request.headers.get('authorization') === 'Bearer none') throw new AppError('unauthenticated', 'No key.');
      const principal = await openPrincipal();
      if (request.headers.get('authorization') !== 'Bearer narrow') return principal;
      return { ...principal, scopes: new Set(['jobs:read'] as const) };
    },
  },
  { discard: DISCARD },
);

const FORM = { 'content-type': 'multipart/form-data; boundary=x' };
const JSON_TYPE = { 'content-type': 'application/json' };
const part = (name: string, more = '; filename="a.jpg"') =>
  `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
const field = (name: string) => `${part(name, '')}1\r\n`;
const filled = (beginning: string, size = SIZE) =>
  Buffer.concat([Buffer.from(beginning), Buffer.alloc(size, receiptPhoto)]);

type Refusal = Omit<LargeRequest, 'url'> & { readonly path: string; readonly want: SeenAnswer };
const upload = (beginning: string, want: SeenAnswer, changes: Partial<Refusal> = {}): Refusal => {
  return { method: 'POST', path: '/receipts', headers: FORM, body: filled(beginning), want, ...changes };
};

/** Every reason to answer before the body has been read. */
const refusals: Readonly<Record<string, Refusal>> = {
  '401 without a key': upload(
    part('file'),
    { status: 401, code: 'unauthenticated' },
    {
      headers: { ...FORM, authorization: 'Bearer none' },
    },
  ),
  '403 without the scope': upload(
    part('file'),
    { status: 403, code: 'forbidden' },
    {
      headers: { ...FORM, authorization: 'Bearer narrow' },
    },
  ),
  '403 from another origin': upload(
    part('file'),
    { status: 403, code: 'forbidden' },
    {
      headers: { ...FORM, origin: 'http://evil.example' },
    },
  ),
  '404 at no address': upload(part('file'), { status: 404, code: 'not_found' }, { path: '/nowhere' }),
  '405 by another method': upload(part('file'), { status: 405, code: 'method_not_allowed' }, { method: 'PUT' }),
  '413 by a file that is too large': upload(
    part('file'),
    { status: 413, code: 'image_too_large' },
    { body: filled(part('file'), TOO_LARGE) },
  ),
  '413 by a body that is too large for JSON': upload(
    '{"x":"',
    { status: 413, code: 'body_too_large' },
    {
      path: '/jobs',
      headers: JSON_TYPE,
    },
  ),
  '415 by the type of the body': upload(
    '{"x":"',
    { status: 415, code: 'unsupported_media_type' },
    { headers: JSON_TYPE },
  ),
  '415 by what the file is': upload(
    '',
    { status: 415, code: 'unsupported_image' },
    { body: Buffer.concat([Buffer.from(part('file')), Buffer.alloc(SIZE, 'GIF89a '), Buffer.from('\r\n--x--\r\n')]) },
  ),
  '422 by a file of another name': upload(part('picture'), { status: 422, code: 'unknown_argument' }),
  '422 by too many files': upload(`${part('file')}x\r\n${part('file')}`, { status: 422, code: 'invalid_argument' }),
  '422 by too many fields': upload(`${Array.from({ length: 30 }, (_, n) => field(`f${n}`)).join('')}${part('file')}`, {
    status: 422,
    code: 'invalid_argument',
  }),
  '400 by a part without a name': upload('--x\r\nContent-Type: image/jpeg\r\n\r\n', {
    status: 400,
    code: 'malformed_request',
  }),
};

it.each(Object.entries(senders))(
  '[H1] %s gets the answer of every early refusal, and nothing stays',
  async (_name, sender) => {
    const before = await http.current.traces();
    const requests = Object.values(refusals).map(({ path: address, want: _want, ...request }) => {
      return { ...request, url: http.current.url + address };
    });
    const answers = await sender(requests);
    const seen = Object.keys(refusals).map((reason, n) => [reason, answers[n]]);
    const wanted = Object.entries(refusals).map(([reason, { want }]) => [reason, want]);
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(wanted));
    await expect.poll(() => http.current.traces()).toEqual(before);
  },
);

describe('a refused sender', () => {
  const expecting = (address: string, lines: string) =>
    `POST ${address} HTTP/1.1\r\nHost: localhost\r\n${lines}Content-Length: ${SIZE}\r\nExpect: 100-continue\r\n\r\n`;
  const type = 'Content-Type: multipart/form-data; boundary=x\r\n';

  it.each([
    ['no address', '/nowhere', type, 404, 'not_found'],
    ['no form', '/receipts', '', 415, 'unsupported_media_type'],
    ['no origin of ours', '/receipts', `${type}Origin: http://evil.example\r\n`, 403, 'forbidden'],
  ])(
    'that waits for 100 Continue is told at once, and never asked for its body: %s',
    async (_why, address, lines, status, code) => {
      const answer = await raw(http.current.port, expecting(address, lines));
      expect(answer).toMatch(/^HTTP\/1.1 4/);
      expect(problemIn(answer)).toMatchObject({ status, code });
    },
  );

  it('that is welcome is asked for its body', async () => {
    const socket = connect(http.current.port, '127.0.0.1', () => socket.write(expecting('/receipts', type)));
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.destroy();
  });

  it('may send what the parser cannot read, and more after it', async () => {
    const { port } = http.current;
    const broken = 'POST /receipts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n';
    const pieces = Array.from({ length: 16 }, () => Buffer.alloc(MB, 'x'));
    expect(problemIn(await raw(port, broken, ...pieces))).toMatchObject({ status: 400, code: 'malformed_request' });
    const headers = `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`;
    expect(problemIn(await raw(port, headers, ...pieces))).toMatchObject({ status: 400, code: 'malformed_request' });
  });

  it('that never ends is cut after a bounded number of bytes', async () => {
    let sent = 0;
    const socket = connect(http.current.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${2 ** 40}\r\n\r\n`);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    const chunk = Buffer.alloc(MB);
    const more = () => {
      while (!socket.destroyed && sent < 10 * DISCARD.bytes) {
        sent += chunk.length;
        if (!socket.write(chunk)) return socket.once('drain', more);
      }
    };
    more();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answer).toMatch(/^HTTP\/1.1 404 /);
    expect(sent).toBeGreaterThan(DISCARD.bytes / 2);
    expect(sent).toBeLessThan(2 * DISCARD.bytes);
  });

  it('that goes silent is let go', async () => {
    const answer = await raw(
      http.current.port,
      `POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${SIZE}\r\n\r\nx`,
    );
    expect(problemIn(answer)).toMatchObject({ status: 404, code: 'not_found' });
  });
});

it.each(['POST', 'GET'])(
  '[S4] %s /mcp answers a caller without a key with 401 and a challenge, like every route',
  async (method) => {
    const headers = { authorization: 'Bearer none', ...JSON_TYPE };
    const answer = await http.current.fetch('/mcp', { method, headers, ...(method === 'POST' ? { body: '{}' } : {}) });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await answer.json()).toMatchObject({ code: 'unauthenticated', instance: expect.any(String) });
  },
);
