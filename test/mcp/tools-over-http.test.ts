import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENTS, connect, type TestClient } from './support/clients.ts';
import { aFinishedJob, aJob } from './support/fake-queue.ts';
import { serveInProcess, serveOnSocket, type TestServer } from './support/servers.ts';

const SERVERS = { 'in process': serveInProcess, 'over a socket': serveOnSocket } as const;
const REVISIONS = { 'v2-auto': '2026-07-28', 'v2-legacy': '2025-11-25', v1: '2025-11-25' } as const;

describe.each(Object.entries(SERVERS))('MCP over HTTP, %s', (_where, serve) => {
  describe.each(CLIENTS)('driven by the client %s', (kind) => {
    let server: TestServer;
    let client: TestClient;
    beforeEach(async () => {
      server = await serve();
      client = await connect(kind, { kind: 'http', url: server.url, fetch: server.fetch });
      await client.listTools();
    });
    afterEach(async () => {
      await client.close();
      await server.close();
    });

    it('negotiates the newest revision both know, and hands out the instructions', () => {
      expect(client.revision).toBe(REVISIONS[kind]);
      expect(client.instructions).toContain('enqueue_ocr {"receipt_id":17}');
    });

    it('queues a receipt and says what to call next', async () => {
      const answer = await client.call('enqueue_ocr', { receipt_id: 17, priority: 'high' });
      expect(answer.isError).toBe(false);
      expect(answer.structured).toMatchObject({ job_id: 'ocr-17', status: 'queued', deduplicated: false });
      expect(answer.says).toBe('ocr-17 is queued (3 of the same owner go first, about 20 s).');
      const next = { tool: 'get_job_status', arguments: { job_id: 'ocr-17', wait_seconds: 20 } };
      expect(answer.structured.next).toEqual(next);
      expect(server.calls).toMatchObject([{ operation: 'enqueue_ocr', input: { receipt_id: 17, priority: 'high' } }]);
    });

    it('gives the result of a finished job', async () => {
      server.put(aFinishedJob('Corner Shop', ['Milk', 'Bread']));
      const answer = await client.call('get_job_status', { job_id: 'ocr-17', wait_seconds: 0 });
      expect(answer.structured).toMatchObject({
        status: 'finished',
        confidence: 0.93,
        from_receipt_untrusted: {
          merchant_name: 'Corner Shop',
          total_amount: '19.58',
          items: [
            { name: 'Milk', price: '1.99' },
            { name: 'Bread', price: '1.99' },
          ],
        },
      });
      expect(answer.says).toBe('ocr-17 is finished: 2 items, confidence 0.93.');
    });

    it('shows the queue', async () => {
      const answer = await client.call('queue_info');
      expect(answer.structured).toMatchObject({ name: 'pantry-pilot', count: 3, failed_jobs: 1 });
      expect(answer.says).toContain('3 queued, 1 started, 2 deferred');
    });

    it('cancels a job and runs it again', async () => {
      await client.call('enqueue_ocr', { receipt_id: 17 });
      const canceled = await client.call('cancel_job', { job_id: 'ocr-17' });
      expect(canceled.structured).toMatchObject({ status: 'canceled', already_canceled: false });
      expect(canceled.structured.next).toEqual({ tool: 'retry_job', arguments: { job_id: 'ocr-17' } });
      const again = await client.call('retry_job', { job_id: 'ocr-17' });
      expect(again.structured).toMatchObject({ generation: 2, status: 'queued' });
    });

    it('answers a failure with the problem of the error table, which the client takes', async () => {
      const answer = await client.call('get_job_status', { job_id: 'ocr-999' });
      expect(answer.isError).toBe(true);
      expect(answer.structured).toMatchObject({ code: 'job_not_found', retryable: false });
      expect(answer.says).toContain('There is no job ocr-999.');
      expect(answer.says).toContain('enqueue_ocr');
    });

    it('answers a tool that does not exist with those that do, which a model can mend', async () => {
      const answer = await client.call('queueInfo');
      expect(answer).toMatchObject({ isError: true, structured: { code: 'tool_not_found' } });
      expect(answer.says).toContain(
        'There is no tool "queueInfo". Did you mean queue_info? Tools: add_receipts, enqueue_ocr',
      );
    });

    it('names an argument that does not exist instead of dropping it', async () => {
      const answer = await client.call('enqueue_ocr', { receipt_id: 17, tenant: 'x' });
      expect(answer.structured).toMatchObject({ code: 'unknown_argument', fields: ['tenant'] });
      expect(answer.says).toContain('Unknown argument "tenant". Allowed: receipt_id, receipt_ids');
      expect(server.calls).toEqual([]);
    });

    it('lets nothing of an unexpected exception out', async () => {
      server.breakWith(new Error('password authentication failed for user "ocr" at 10.0.0.5'));
      const answer = await client.call('queue_info');
      expect(answer.structured).toMatchObject({ code: 'internal' });
      expect(JSON.stringify(answer)).not.toMatch(/password|10\.0\.0\.5/);
      const broke = server.log.find(({ event }) => event === 'mcp.tool_broke');
      const requestId = broke && 'requestId' in broke.fields ? String(broke.fields.requestId) : 'none';
      expect(answer.says).toContain(requestId);
      expect(broke?.fields).toMatchObject({
        cause: 'password authentication failed for user "ocr" at 10.0.0.5',
        at: expect.arrayContaining([expect.stringContaining('tools-over-http.test.ts')]),
      });
    });
  });
});

/** Each waits for nine real seconds, so they wait together. */
describe('a client that gives up after 5 s without a word', () => {
  const rows = Object.entries(SERVERS).flatMap(([where, serve]) => CLIENTS.map((kind) => ({ where, serve, kind })));

  it('[M6] keeps a client alive, whichever it is, in process and over a socket, for a wait of 9 s', async () => {
    await Promise.all(
      rows.map(async ({ where, serve, kind }) => {
        const server = await serve();
        const client = await connect(kind, { kind: 'http', url: server.url, fetch: server.fetch });
        await client.listTools();
        server.put(aJob());
        const messages: (string | undefined)[] = [];
        const answer = await client.callWithProgress(
          'get_job_status',
          { job_id: 'ocr-17', wait_seconds: 9 },
          { timeout: 5_000, onMessage: (message) => messages.push(message) },
        );
        await client.close();
        await server.close();
        expect(answer.says, `${kind} ${where}`).toContain('Still waiting after 9 s: ocr-17 is queued');
        expect(messages.length, `${kind} ${where}`).toBeGreaterThanOrEqual(2);
        const news = 'ocr-17: queued, 3 of the same owner go first, about 20 s';
        expect(new Set(messages), `${kind} ${where}`).toEqual(new Set([news]));
      }),
    );
  });
});
