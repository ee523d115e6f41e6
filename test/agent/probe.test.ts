import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentProbe, createAgentProbe } from '../../src/agent/probe.ts';
import { silent } from '../support/log.ts';

/** Tenths of what the product waits; nothing below depends on how long they are. */
const TIMES = { everyMs: 20, troubledMs: 20, answerMs: 200, busyMs: 1_000 };

let server: Server;
let probe: AgentProbe | undefined;
let asked: string[] = [];
let behave: RequestListener = () => {};
let url = '';

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    behave(request, response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await probe?.stop();
  server.closeAllConnections();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
});

const answer =
  (status: number, type = 'application/json'): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': type }).end('secret words of the agent');

/** What the probe says once it has changed; without a change, after so many more looks. */
function watch(options: { isBusy?: () => boolean; times?: typeof TIMES } = {}) {
  const waiting: (() => void)[] = [];
  const deps = {
    log: silent,
    isBusy: options.isBusy ?? (() => false),
    onChange: () => {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
  const made = createAgentProbe(url, deps, options.times ?? TIMES);
  probe = made;
  return {
    made,
    async next() {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return made.trouble();
    },
  };
}

const FAULTS: Readonly<Record<string, { behave: RequestListener; says: RegExp }>> = {
  'answers 500': { behave: answer(500), says: /answers its health check with HTTP 500/ },
  'answers 502': { behave: answer(502, 'text/html'), says: /answers its health check with HTTP 502/ },
  'is not ready': { behave: answer(503), says: /is not ready.*HTTP 503/ },
  'is a web page': { behave: answer(200, 'text/html; charset=utf-8'), says: /Another program.*web page/ },
  hangs: { behave: () => {}, says: /takes connections and does not answer/ },
  'hangs up': { behave: (request) => request.socket.destroy(), says: /closes connections without an answer/ },
  'does not speak HTTP': { behave: (request) => request.socket.end('SSH-2.0-x\r\n'), says: /does not speak HTTP/ },
};

describe('[I15] the health of the agent', () => {
  it.each(Object.entries(FAULTS))('is told by the probe when it %s, and again when it is well', async (_, fault) => {
    behave = fault.behave;
    const { made, next } = watch();
    made.start();
    const said = await next();
    expect(said).toMatch(fault.says);
    expect(said).not.toContain('secret words');
    behave = answer(200);
    expect(await next()).toBeNull();
    expect(new Set(asked)).toEqual(new Set(['GET /readyz']));
  });

  it('is told when nobody listens, and again when somebody does', async () => {
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { made, next } = watch();
    made.start();
    expect(await next()).toBe('The OCR agent cannot be reached.');
    behave = answer(200);
    server.listen(port, '127.0.0.1');
    expect(await next()).toBeNull();
  });

  it.each([404, 405, 401, 501])('is well when it answers %s: an agent need not have such a route', async (status) => {
    behave = answer(status, 'text/html');
    const { made, next } = watch();
    made.start();
    expect(await next()).toBeNull();
  });

  it('is not told of an agent that is silent while it reads, until that takes too long', async () => {
    behave = () => {};
    const { made, next } = watch({ isBusy: () => true });
    made.start();
    const startedAt = Date.now();
    expect(await next()).toMatch(FAULTS.hangs?.says ?? /never/);
    expect(asked.length).toBeGreaterThan(1);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(TIMES.busyMs);
  });
});
