import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WEBHOOKS } from '../../src/contract/webhook-policies.ts';
import { createEndpointRules } from '../../src/webhooks/endpoint-rules.ts';
import { createSend } from '../../src/webhooks/send.ts';
import { signed } from '../../src/webhooks/signing.ts';
import { noNames, OWN } from '../support/webhooks.ts';
import { type Answer, startReceiver, status } from './support/receiver.ts';

const rules = createEndpointRules({ allowPrivate: true, own: OWN, resolve: noNames });
const message = { id: 'm1', at: new Date(), body: '{"type":"job.finished"}' };
const sendTo = (url: string, limits: { headersMs: number; totalMs: number } = WEBHOOKS) =>
  createSend(rules, { limits })({ url, body: message.body, headers: signed(message, ['whsec_c2VjcmV0']) });

/** The receiver closes nothing: only the sender can have. */
const cut = (response: ServerResponse) => new Promise<void>((resolve) => response.once('close', () => resolve()));

describe('[Q13] a try', () => {
  it.each([
    [200, null],
    [204, null],
    [299, null],
    [400, 'http_status'],
    [404, 'http_status'],
    [410, 'gone'],
    [429, 'http_status'],
    [500, 'http_status'],
    [503, 'http_status'],
  ])('that is answered with HTTP %i comes to %s', async (code, error) => {
    const receiver = await startReceiver(status(code));
    expect(await sendTo(receiver.url)).toMatchObject({ httpStatus: code, error });
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect: HTTP %i leads nowhere', async (code) => {
    const target = await startReceiver();
    const receiver = await startReceiver(status(code, { location: target.url }));
    expect(await sendTo(receiver.url)).toMatchObject({ error: 'redirect', httpStatus: code });
    const metadata = await startReceiver(status(code, { location: 'http://169.254.169.254/latest/meta-data/' }));
    expect(await sendTo(metadata.url)).toMatchObject({ error: 'redirect', httpStatus: code });
    expect(target.got).toEqual([]);
  });

  it('keeps 4 KB of an answer that never ends, as one line without controls, and cuts it', async () => {
    const closed: Promise<void>[] = [];
    const endless: Answer = (response) => {
      closed.push(cut(response));
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write('\u0000\u001b[31m<script>\r\n‮'.repeat(500)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    const receiver = await startReceiver(endless);
    const { answer, error } = await sendTo(receiver.url);
    expect(error).toBeNull();
    expect(answer?.length).toBeGreaterThan(1_000);
    expect(answer?.length).toBeLessThanOrEqual(WEBHOOKS.answerBytes);
    expect(answer).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    await Promise.all(closed);
  });

  it('takes the status of an answer whose body drips or breaks, and waits for it no longer than a try may take', async () => {
    const receiver = await startReceiver((response) => {
      response.writeHead(200);
      response.write('begun');
    });
    const limits = { headersMs: 300, totalMs: 300 };
    expect(await sendTo(receiver.url, limits)).toMatchObject({ error: null, httpStatus: 200, answer: 'begun' });
    receiver.answers((response) => {
      response.writeHead(500, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    expect(await sendTo(receiver.url)).toMatchObject({ error: 'http_status', httpStatus: 500 });
  });

  it('gives up on an endpoint that sends its headers letter by letter, or none', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      const drip = setInterval(() => socket.write('H'), 20);
      socket.once('close', () => clearInterval(drip));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const limits = { headersMs: 300, totalMs: 600 };
    expect((await sendTo(`http://127.0.0.1:${port}/`, limits)).error).toMatch(/^(timeout|broken)$/);
    const silent = await startReceiver(() => {});
    expect(await sendTo(silent.url, limits)).toMatchObject({ error: 'timeout', httpStatus: null });
  });

  it('says how it failed where no answer came', async () => {
    const receiver = await startReceiver((response) => void response.socket?.resetAndDestroy());
    expect(await sendTo(receiver.url)).toMatchObject({ error: 'broken' });
    await receiver.stop();
    expect(await sendTo(receiver.url)).toMatchObject({ error: 'not_reached' });
    expect(await sendTo('http://hooks.example/')).toMatchObject({ error: 'not_found' });
    // A server that speaks no TLS.
    const plain = await startReceiver();
    expect(await sendTo(plain.url.replace('http:', 'https:'))).toMatchObject({ error: 'tls' });
  });

  it('believes Retry-After of 429 and 503 within its bounds', async () => {
    const asked = async (code: number, header: string) => {
      const receiver = await startReceiver(status(code, { 'retry-after': header }));
      return (await sendTo(receiver.url)).retryAfterS;
    };
    expect(await asked(429, '7')).toBe(7);
    expect(await asked(503, '999999')).toBe(3_600);
    expect(await asked(429, '0')).toBe(1);
    expect(await asked(503, 'Fri, 01 Jan 2100 00:00:00 GMT')).toBe(3_600);
    for (const header of ['-1', 'soon', '1e3', '']) expect(await asked(429, header)).toBeNull();
    expect(await asked(500, '7')).toBeNull();
  });
});
