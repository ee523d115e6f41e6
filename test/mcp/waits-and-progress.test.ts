import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callTool } from '../../mcp/call-tool.ts';
import { AppError } from '../../src/contract/errors.ts';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import { aFinishedJob, aJob, createFakeQueue } from './support/fake-queue.ts';
import { createTestLogger, PRINCIPAL } from './support/servers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Note {
  readonly atS: number;
  readonly progress: number;
  readonly message: string;
}

/** A call of a tool against a queue whose job ends at a moment, and what its client is told meanwhile. */
function callWith(spec: {
  sent: Record<string, unknown>;
  token?: unknown;
  endsAtS?: number;
  awayFromS?: number;
  awayForS?: number;
  closing?: AbortSignal;
}) {
  const { sent, token, endsAtS = 1_000, awayFromS = 1_000, awayForS = 0 } = spec;
  const beganAt = Date.now();
  const nowS = () => (Date.now() - beganAt) / 1_000;
  const notes: Note[] = [];
  const asks: number[] = [];
  const lost = () => new AppError('queue_unreachable', 'Lost.', { cause: new Error('ECONNRESET') });
  const isAway = () => nowS() >= awayFromS && nowS() < awayFromS + awayForS;
  const state = () => (nowS() >= endsAtS ? aFinishedJob('Shop', []) : aJob({ eta_s: Math.round(nowS()) }));
  const getJobStatus: QueueApi['getJobStatus'] = async ({ wait_seconds = 0 }, { signal }) => {
    asks.push(wait_seconds);
    const untilS = nowS() + wait_seconds;
    while (nowS() < untilS && nowS() < endsAtS && !signal?.aborted) {
      if (isAway()) throw lost();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (isAway()) throw lost();
    return state();
  };
  const context = {
    mcpReq: {
      _meta: token === undefined ? undefined : { progressToken: token },
      signal: new AbortController().signal,
      notify: async ({ params }: { params: { progress: number; message: string } }) => {
        notes.push({ atS: Math.round(nowS()), progress: params.progress, message: params.message });
      },
    },
  } as unknown as ServerContext;
  const deps = {
    queue: { ...createFakeQueue().queue, getJobStatus },
    logger: createTestLogger(),
    principal: PRINCIPAL,
    ...(spec.closing ? { closing: spec.closing } : {}),
  };
  let tookS = -1;
  const answer = callTool('get_job_status', { job_id: 'ocr-17', ...sent }, context, deps).finally(() => {
    tookS = Math.round(nowS());
  });
  return { answer, notes, asks, tookS: () => tookS };
}

async function finish<T>(answer: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(120_000);
  return answer;
}
const textOf = ({ content }: Awaited<ReturnType<typeof callTool>>) =>
  (content as CallToolResult['content']).map((block) => (block.type === 'text' ? block.text : '')).join('');

describe('a wait over MCP', () => {
  const rows = [0, 1, 5, 20, 25, 26, 45, 60, 3_600].flatMap((asked) => [
    { asked, token: undefined, waits: Math.min(asked, 25) },
    { asked, token: 'p1', waits: Math.min(asked, 45) },
  ]);

  it.each(rows)(
    '[M6] of $asked s takes $waits s with the token $token, and says so',
    async ({ asked, token, waits }) => {
      const call = callWith({ sent: { wait_seconds: asked }, token });
      const text = textOf(await finish(call.answer));
      expect(call.tookS()).toBe(waits);
      if (waits < asked) expect(text).toContain(`wait_seconds was taken as ${waits}, not ${asked}`);
      if (waits > 0) expect(text).toContain(`Still waiting after ${waits} s: ocr-17 is queued`);
      const next = { tool: 'get_job_status', arguments: { job_id: 'ocr-17', wait_seconds: 20 } };
      expect(JSON.parse(text).next).toEqual(next);
    },
  );

  it.each(['p1', 0, 7])('[M6] tells a client with the token %j how it goes, after 1 s and every 3 s', async (token) => {
    const call = callWith({ sent: { wait_seconds: 45 }, token, endsAtS: 17 });
    const result = await finish(call.answer);
    expect(result.structuredContent).toMatchObject({ status: 'finished' });
    expect(call.notes.map(({ atS }) => atS)).toEqual([1, 4, 7, 10, 13, 16]);
    const counts = call.notes.map(({ progress }) => progress);
    expect(counts).toEqual([...new Set(counts)].sort((left, right) => left - right));
    expect(call.notes[0]?.message).toBe('ocr-17: queued, 3 of the same owner go first, about 0 s');
    for (const { message } of call.notes)
      expect(message).toMatch(/^ocr-17: queued, 3 of the same owner go first, about \d+ s$/);
    expect(new Set(call.notes.map(({ message }) => message)).size).toBeGreaterThan(3);
  });

  it('sends nothing to a client that did not ask, and asks the queue once', async () => {
    const call = callWith({ sent: { wait_seconds: 20 }, endsAtS: 10 });
    await finish(call.answer);
    expect(call.notes).toEqual([]);
    expect(call.asks).toEqual([20]);
    expect(call.tookS()).toBe(10);
  });

  const restarts = [0, 1, 4, 9, 14].flatMap((awayFromS) => [
    { awayFromS, token: undefined },
    { awayFromS, token: 'p1' },
  ]);
  it.each(restarts)(
    '[I8] survives a queue that is away for 4 s from second $awayFromS on, with the token $token',
    async (row) => {
      const call = callWith({ sent: { wait_seconds: 25 }, endsAtS: 20, awayForS: 4, ...row });
      expect((await finish(call.answer)).structuredContent).toMatchObject({ status: 'finished' });
      expect(call.tookS()).toBeLessThanOrEqual(21);
      if (row.token) {
        const told = call.notes.map(({ message }) => message);
        expect(told.some((message) => message.includes('was lost; asking again'))).toBe(true);
      }
    },
  );

  it('[I8] says that the queue cannot be reached when it stays away, within the time of the wait', async () => {
    const call = callWith({ sent: { wait_seconds: 20 }, awayFromS: 3, awayForS: 1_000 });
    const result = await finish(call.answer);
    expect(result).toMatchObject({ isError: true, structuredContent: { code: 'queue_unreachable' } });
    expect(call.tookS()).toBeLessThanOrEqual(20);
  });

  it('answers with what it has when the server stops', async () => {
    const closing = new AbortController();
    const call = callWith({ sent: { wait_seconds: 20 }, closing: closing.signal });
    setTimeout(() => closing.abort(), 6_000);
    expect(textOf(await finish(call.answer))).toContain('Still waiting after 6 s: ocr-17 is queued');
    expect(call.tookS()).toBe(6);
  });
});
