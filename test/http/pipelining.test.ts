import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Readiness } from '../../src/http/health-routes.ts';
import { addReceipts } from '../support/db.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { problemIn, raw } from './support/raw.ts';

const DEPTH = 16;
const IN_LINE = 3_000;
/** More than the line holds, so that a connection is not read for a while. */
const MANY = 3 * IN_LINE;
const READY: Readiness = { ok: true, parts: {} };

/** Calls of /readyz that are answered when a test says so. */
const held: (() => void)[] = [];
let most = 0;
let holding = false;
async function ready(): Promise<Readiness> {
  if (holding) {
    await new Promise<void>((resolve) => {
      held.push(resolve);
      most = Math.max(most, held.length);
    });
  }
  return READY;
}

const http = useHttpQueue({ ready }, { inLine: IN_LINE });
const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
const LAST = 'Connection: close\r\n';

/** All answers on one connection, each as its status line. */
async function statuses(path: string, count: number): Promise<string[]> {
  const answer = await raw(http.current.port, get(path).repeat(count - 1) + get(path, LAST));
  return answer.match(/HTTP\/1\.1 \d+/g) ?? [];
}

function open(text: string): { socket: Socket; answer: () => string } {
  let answer = '';
  const socket = connect(http.current.port, '127.0.0.1', () => socket.write(text));
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  return { socket, answer: () => answer };
}

function letGo(): void {
  holding = false;
  for (const answer of held.splice(0)) answer();
}

describe('requests that are sent without waiting for answers', () => {
  it.each([1, 2, DEPTH - 1, DEPTH, DEPTH + 1, 100, 1_000, MANY])('are all answered in order: %i', async (count) => {
    expect(await statuses('/livez', count)).toEqual(Array(count).fill('HTTP/1.1 200'));
  });

  it.each([DEPTH, DEPTH + 1, 2_000, MANY])('are worked on 16 at a time: %i', async (count) => {
    most = 0;
    holding = true;
    const sent = statuses('/readyz', count);
    await expect.poll(() => held.length).toBe(DEPTH);
    // Others are served meanwhile.
    expect((await http.current.fetch('/livez')).status).toBe(200);
    expect(most).toBe(DEPTH);
    letGo();
    expect(await sent).toHaveLength(count);
  });

  it('[G4] that wait for a job are told at once when their client has gone', async () => {
    const [id] = await addReceipts(http.current.db, 1);
    await http.current.fetch(`/receipts/${id}/ocr`, { method: 'POST' });
    const before = waitsLogged();
    const { socket } = open(get(`/jobs/ocr-${id}?wait_seconds=45`).repeat(DEPTH));
    await expect.poll(() => socket.bytesWritten).toBeGreaterThan(0);
    expect((await http.current.fetch(`/jobs/ocr-${id}?wait_seconds=1`)).status).toBe(200);
    socket.destroy();
    await expect.poll(waitsLogged, { timeout: 20_000 }).toBe(before + 1 + DEPTH);
  });

  function waitsLogged(): number {
    return http.current.logged.filter(({ fields }) => fields.route === '/jobs/:job_id').length;
  }

  it('may carry bodies, and each call gets its own', async () => {
    const ids = await addReceipts(http.current.db, 60);
    const call = (id: number, more = '') => {
      const body = JSON.stringify({ receipt_id: id });
      return `POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;
    };
    const answer = await raw(
      http.current.port,
      ids.map((id, n) => call(id, n === ids.length - 1 ? LAST : '')).join(''),
    );
    expect([...answer.matchAll(/"job_id":"ocr-(\d+)"/g)].map(([, id]) => Number(id))).toEqual(ids);
  });

  it('are refused with 429 on a connection for which there is no room in the line, and others are served', async () => {
    holding = true;
    const flood = get('/readyz').repeat(2_000);
    const connections = Array.from({ length: 6 }, () => open(flood));
    await expect.poll(() => connections.filter(({ answer }) => answer() !== '').length).toBeGreaterThan(0);
    const refused = connections.filter(({ answer }) => answer() !== '');
    for (const { answer } of refused) {
      expect(problemIn(answer())).toEqual({ status: 429, type: 'application/problem+json', code: 'rate_limited' });
      expect(answer()).toMatch(/^retry-after: 1\r$/im);
      expect(answer()).toMatch(/^connection: close\r$/im);
    }
    expect((await http.current.fetch('/livez')).status).toBe(200);
    for (const { socket } of connections) socket.destroy();
    letGo();
    // The room of those who have gone is free again.
    await expect.poll(() => statuses('/livez', 2_500), { timeout: 20_000 }).toHaveLength(2_500);
  });
});

describe('half of a request behind others that wait', () => {
  const impatient = useHttpQueue({ ready }, { headersMs: 300, checkEveryMs: 50 });

  it('is refused as one too many, not as a late one', async () => {
    holding = true;
    const answer = await raw(impatient.current.port, get('/readyz').repeat(DEPTH + 1), 'GET /readyz HTTP/1.1\r\nHo');
    expect(problemIn(answer)).toMatchObject({ status: 429, code: 'rate_limited' });
    letGo();
  });
});
