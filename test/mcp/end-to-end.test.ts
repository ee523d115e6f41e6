import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createQueueClient } from '../../src/client/index.ts';
import { findRunningQueue, type OwnerRecord } from '../../src/embedded/owner-file.ts';
import { type HttpAgent, slowReader, startHttpAgent } from '../support/http-agent.ts';
import { BUILT_MAIN } from '../support/run-built.ts';
import { CLIENTS, connect } from './support/clients.ts';
import { PRINCIPAL } from './support/servers.ts';

const PHOTOS = path.join(import.meta.dirname, '../../assets/receipts');

/** The whole product, started by a host that knows nothing but `pantry-queue mcp`. */
describe('an agent with nothing but the stdio command', () => {
  let dataDir: string;
  let agent: HttpAgent;
  let running: OwnerRecord;
  let receiptIds: number[];

  const relay = () => ({
    kind: 'stdio' as const,
    command: process.execPath,
    args: [BUILT_MAIN, 'mcp', '--data-dir', dataDir],
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', AGENT_URL: agent.url },
  });

  beforeAll(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'mcp-e2e-'));
    agent = await startHttpAgent(slowReader(300));
  });
  afterAll(async () => {
    const owner = findRunningQueue(dataDir);
    if (owner) {
      process.kill(owner.pid, 'SIGTERM');
      await untilStopped(owner.pid);
    }
    await agent.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('has one queue started, whichever of three hosts calls first', async () => {
    const hosts = await Promise.all(CLIENTS.map((kind) => connect(kind, relay())));
    const answers = await Promise.all(hosts.map((host) => untilStarted(() => host.call('queue_info'))));
    expect(answers.map(({ structured }) => structured.count)).toEqual([0, 0, 0]);
    await Promise.all(hosts.map((host) => host.close()));
    const owner = findRunningQueue(dataDir);
    if (!owner) throw new Error('The queue did not outlive the hosts that started it.');
    running = owner;
  });

  it('reads receipts to the end, over stdio and HTTP, with each client', async () => {
    const queue = createQueueClient({ url: running.url });
    receiptIds = [];
    const photos = readdirSync(PHOTOS).filter((name) => name.endsWith('.jpg'));
    for (const name of photos.slice(0, CLIENTS.length)) {
      const bytes = createReadStream(path.join(PHOTOS, name));
      const added = await queue.addReceipt({ bytes, purchase_date: '2026-01-30' }, { principal: PRINCIPAL });
      receiptIds.push(added.receipt.id);
    }
    for (const [place, kind] of CLIENTS.entries()) {
      const receiptId = receiptIds[place] ?? 0;
      const overHttp = await connect(kind, { kind: 'http', url: running.mcp_url });
      const overStdio = await connect(kind, relay());
      await Promise.all([overHttp.listTools(), overStdio.listTools()]);
      const asked = await overHttp.call('enqueue_ocr', { receipt_id: receiptId });
      expect(asked.structured).toMatchObject({ job_id: `ocr-${receiptId}`, deduplicated: true });
      const read = await overStdio.call('get_job_status', { job_id: `ocr-${receiptId}`, wait_seconds: 20 });
      expect(read.structured).toMatchObject({
        status: 'finished',
        from_receipt_untrusted: { merchant_name: 'Corner Shop', total_amount: '12.50', items: [{}, {}] },
      });
      const same = await overHttp.call('get_job_status', { job_id: `ocr-${receiptId}` });
      expect(same.structured).toEqual(read.structured);
      await Promise.all([overHttp.close(), overStdio.close()]);
    }
    expect(agent.log).toHaveLength(receiptIds.length);
  });

  it('runs a canceled job again', async () => {
    const host = await connect('v1', relay());
    await host.listTools();
    const refused = await host.call('retry_job', { job_id: `ocr-${receiptIds[0]}` });
    expect(refused.structured).toMatchObject({ code: 'not_retryable' });
    const forced = await host.call('enqueue_ocr', { receipt_id: receiptIds[0] ?? 0, force: true });
    expect(forced.structured).toMatchObject({ generation: 2, deduplicated: false });
    const canceled = await host.call('cancel_job', { job_id: `ocr-${receiptIds[0]}` });
    expect(canceled.isError).toBe(false);
    const ended = await host.call('get_job_status', { job_id: `ocr-${receiptIds[0]}`, wait_seconds: 20 });
    expect(ended.structured).toMatchObject({ status: 'canceled' });
    const again = await host.call('retry_job', { job_id: `ocr-${receiptIds[0]}` });
    expect(again.structured).toMatchObject({ generation: 3 });
    await host.close();
  });

  it('answers unknown things and hostile callers as the tests without a server say', async () => {
    const host = await connect('v2-auto', { kind: 'http', url: running.mcp_url });
    expect((await host.call('get_job_status', { job_id: 'ocr-999999' })).structured.code).toBe('job_not_found');
    expect((await host.call('enqueue_ocr', { receipt_id: 999_999 })).structured.code).toBe('receipt_not_found');
    await host.close();
    const headers = { 'content-type': 'application/json', accept: '*/*', origin: 'https://evil.example' };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect((await fetch(running.mcp_url, { method: 'POST', headers, body })).status).toBe(403);
    const own = { 'content-type': 'application/json', accept: '*/*' };
    expect((await fetch(running.mcp_url, { method: 'POST', headers: own, body })).status).toBe(200);
    expect((await fetch(running.mcp_url)).status).toBe(405);
  });
});

/** On a busy machine the first start takes longer than one call may: the answer then says to call again. */
async function untilStarted<T extends { structured: Record<string, unknown> }>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    const answer = await call();
    if (answer.structured.code !== 'queue_unreachable') return answer;
  }
}

async function untilStopped(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 100));
}
