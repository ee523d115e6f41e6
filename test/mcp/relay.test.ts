import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findRunningQueue } from '../../src/embedded/owner-file.ts';
import { BUILT_MAIN } from '../support/run-built.ts';
import { importsOf } from '../toolchain/imports.ts';
import { CLIENTS, connect, type TestClient, type ToolAnswer } from './support/clients.ts';
import { aFinishedJob } from './support/fake-queue.ts';
import { type QueueServer, serveQueueOnSocket } from './support/queue-server.ts';
import { ASKED, JOB_ENDED, STARTS } from './support/stand-in-for-up.ts';

const WITH_STAND_IN = fileURLToPath(new URL('./support/relay-main.mjs', import.meta.url));
const relayArgs = (...flags: string[]) => [BUILT_MAIN, 'mcp', ...flags];
const environment = (more: Record<string, string> = {}) => ({ PATH: process.env.PATH ?? '', ...more });
const relayAt = (...flags: string[]) => ({
  kind: 'stdio' as const,
  command: process.execPath,
  args: relayArgs(...flags),
  env: environment(),
});
/** A relay whose `up` is a stand-in that works, or ends at once. */
const relayWithStandIn = (env: Record<string, string> = {}) => ({
  ...relayAt(),
  args: [WITH_STAND_IN, 'mcp', '--data-dir', folder],
  env: environment(env),
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'relay-'));
});
afterEach(() => {
  const running = findRunningQueue(folder);
  if (running) process.kill(running.pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe.each(CLIENTS)('MCP over stdio, driven by the client %s', (kind) => {
  let server: QueueServer;
  let client: TestClient;
  beforeAll(async () => {
    server = await serveQueueOnSocket();
    client = await connect(kind, relayAt('--url', server.url));
    await client.listTools();
  });
  afterAll(async () => {
    await client.close();
    await server.close();
  });

  it('relays every tool to the queue at --url', async () => {
    expect((await client.call('enqueue_ocr', { receipt_id: 17 })).says).toMatch(/^ocr-17 is queued/);
    server.put(aFinishedJob('Corner Shop', ['Milk']));
    const status = await client.call('get_job_status', { job_id: 'ocr-17', wait_seconds: 1 });
    expect(status.structured).toMatchObject({
      status: 'finished',
      from_receipt_untrusted: { merchant_name: 'Corner Shop' },
    });
    expect((await client.call('queue_info', { user_id: 1 })).structured).toMatchObject({ count: 3 });
    expect((await client.call('cancel_job', { job_id: 'ocr-17' })).structured).toMatchObject({ status: 'canceled' });
    expect((await client.call('retry_job', { job_id: 'ocr-17' })).structured).toMatchObject({ status: 'queued' });
    expect(server.calls.map(({ operation }) => operation)).toHaveLength(5);
  });

  it('passes the queue’s refusals on, and those of its own', async () => {
    const unknown = await client.call('get_job_status', { job_id: 'ocr-999' });
    expect(unknown.structured).toMatchObject({ code: 'job_not_found' });
    const wrong = await client.call('enqueue_ocr', { receipt_id: '17abc' });
    expect(wrong.structured).toMatchObject({ code: 'invalid_argument' });
    expect((await client.call('drop_tables')).structured).toMatchObject({ code: 'tool_not_found' });
  });
});

it('says to each client so when the queue has gone', async () => {
  await Promise.all(
    CLIENTS.map(async (kind) => {
      const server = await serveQueueOnSocket();
      const client = await connect(kind, relayAt('--url', server.url));
      await client.listTools();
      await server.close();
      const answer = await client.call('queue_info');
      await client.close();
      expect(answer.structured).toMatchObject({ code: 'queue_unreachable', retryable: true });
    }),
  );
});

describe('a relay without a queue', () => {
  it('lists its tools, and names the command that starts one when it may not', async () => {
    const client = await connect('v1', relayAt('--no-start', '--data-dir', folder));
    expect(await client.listTools()).not.toHaveLength(0);
    const answer = await client.call('queue_info');
    await client.close();
    expect(answer.structured).toMatchObject({ code: 'queue_unreachable' });
    expect(answer.says).toContain(`pantry-queue up --data-dir ${folder}`);
  });

  it('starts exactly one for five hosts that call at once, and leaves it running for the next', async () => {
    const at = relayWithStandIn();
    const clients = await Promise.all([...CLIENTS, 'v1' as const, 'v1' as const].map((kind) => connect(kind, at)));
    await Promise.all(clients.map(untilStarted));
    const answers = await Promise.all(clients.map((client) => client.call('enqueue_ocr', { receipt_id: 17 })));
    await Promise.all(clients.map((client) => client.close()));
    expect(answers.map(({ structured }) => structured.job_id)).toEqual(Array(5).fill('ocr-17'));
    expect(answers.filter(({ structured }) => structured.deduplicated === false)).toHaveLength(1);
    expect(findRunningQueue(folder)?.pid).toBeGreaterThan(0);
  });

  it('finds the new queue when the first has died', async () => {
    const client = await connect('v2-auto', relayWithStandIn());
    expect((await untilStarted(client)).isError).toBe(false);
    const first = findRunningQueue(folder);
    process.kill(first?.pid ?? 0, 'SIGKILL');
    expect((await untilStarted(client)).isError).toBe(false);
    expect(findRunningQueue(folder)?.pid).not.toBe(first?.pid);
    await client.close();
  });

  it.each([
    ['v1', 0],
    ['v2-legacy', 700],
    ['v2-auto', 2_500],
  ] as const)(
    '[I8] waits on for the client %s when the queue is killed %i ms into the wait',
    async (kind, killAfterMs) => {
      const client = await connect(kind, relayWithStandIn());
      await untilStarted(client);
      const waiting = client.call('get_job_status', { job_id: 'ocr-17', wait_seconds: 25 });
      await delay(killAfterMs);
      const killed = findRunningQueue(folder)?.pid ?? 0;
      process.kill(killed, 'SIGKILL');
      // The job ends only when the queue that the relay starts in its place has been asked, and waits.
      await Promise.race([waiting, untilAsked((pid) => pid !== killed)]);
      writeFileSync(path.join(folder, JOB_ENDED), '');
      const answer = await waiting;
      await client.close();
      expect(answer.structured).toMatchObject({
        status: 'finished',
        from_receipt_untrusted: { merchant_name: 'Corner Shop' },
      });
      expect(pidsIn(STARTS).length).toBeGreaterThanOrEqual(2);
    },
  );

  it('names the log when the queue does not start', async () => {
    const client = await connect('v1', relayWithStandIn({ STAND_IN_FOR_UP: 'broken' }));
    // With progress a call waits until the start has failed, however slow the machine is.
    const patience = { timeout: 30_000, onMessage: () => undefined };
    const answer = await client.callWithProgress('queue_info', {}, patience);
    await client.close();
    expect(answer.structured).toMatchObject({ code: 'part_failed' });
    const log = path.join(folder, 'logs', 'started-by-mcp.log');
    expect(answer.says).toContain(log);
    expect(existsSync(log)).toBe(true);
  });
});

/** Of the stand-ins, as they noted them. */
function pidsIn(file: string): number[] {
  const place = path.join(folder, file);
  return existsSync(place) ? readFileSync(place, 'utf8').trim().split('\n').map(Number) : [];
}

async function untilAsked(who: (pid: number) => boolean): Promise<void> {
  while (!pidsIn(ASKED).some(who)) await delay(20);
}

/** On a busy machine a start takes longer than one silent call may: the answer then says to call again. */
async function untilStarted(client: TestClient): Promise<ToolAnswer> {
  while (true) {
    const answer = await client.call('queue_info');
    if (answer.structured.code !== 'queue_unreachable') return answer;
  }
}

describe('what the command loads', () => {
  it('is neither a database client nor Temporal', () => {
    const packages = packagesLoadedBy('src/cli/commands/mcp.ts');
    expect(packages).toContain('@modelcontextprotocol/server');
    expect(packages.filter((name) => name === 'pg' || name.startsWith('@temporalio'))).toEqual([]);
  });

  function packagesLoadedBy(entry: string): string[] {
    const seen = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      if (!file.endsWith('.ts')) return;
      const source = readFileSync(path.join(import.meta.dirname, '../..', file), 'utf8');
      for (const { target, typeOnly } of importsOf(file, source)) if (!typeOnly) visit(target);
    };
    visit(entry);
    return [...seen].filter((name) => !name.endsWith('.ts'));
  }
});

describe('the process', () => {
  const INITIALIZE = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
  });

  function start(command: string, args: string[]): ChildProcess {
    return spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: environment({ LOG_LEVEL: 'trace' }) });
  }

  it('writes nothing but the protocol to stdout, and ends when stdin does', async () => {
    const relay = start(process.execPath, relayArgs('--no-start', '--data-dir', folder));
    let output = '';
    relay.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    relay.stdin?.write(`not json\n${INITIALIZE}\n`);
    while (!output.includes('\n')) await once(relay.stdout ?? relay, 'data');
    relay.stdin?.end();
    expect(await once(relay, 'exit')).toEqual([0, null]);
    for (const line of output.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  });

  const LIST = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' });

  it.each([
    ['half a line', Buffer.from('{"jsonrpc":"2.0","id":')],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a])],
    [
      'a message in another shape',
      Buffer.from('{"jsonrpc":"1.0"}\n[]\nnull\n17\n{"jsonrpc":"2.0","id":{},"method":7}\n'),
    ],
    ['a line of 9 MB that is no JSON', Buffer.concat([Buffer.alloc(9 * 1024 * 1024, 'x'), Buffer.from('\n')])],
    ['JSON nested 100,000 deep', Buffer.from(`${'['.repeat(100_000)}\n`)],
  ])('takes %s, and goes on', async (name, bytes) => {
    const relay = start(process.execPath, relayArgs('--no-start', '--data-dir', folder));
    const lines = createInterface({ input: relay.stdout ?? process.stdin })[Symbol.asyncIterator]();
    relay.stdin?.write(bytes);
    if (name === 'half a line') relay.stdin?.write('\n');
    relay.stdin?.write(`${INITIALIZE}\n${LIST}\n`);
    const seen: unknown[] = [];
    while (!seen.includes(2)) seen.push(JSON.parse(String((await lines.next()).value)).id);
    relay.stdin?.end(bytes.subarray(0, 20));
    expect(await once(relay, 'exit')).toEqual([0, null]);
  });

  it('ends when a line is longer than any message', async () => {
    const relay = start(process.execPath, relayArgs('--no-start', '--data-dir', folder));
    relay.stdin?.on('error', () => undefined);
    relay.stdin?.write(Buffer.alloc(50 * 1024 * 1024, 'x'));
    expect(await once(relay, 'exit')).toEqual([0, null]);
  });

  it('ends when nobody reads its answers any more', async () => {
    const relay = start(process.execPath, relayArgs('--no-start', '--data-dir', folder));
    relay.stdout?.destroy();
    relay.stdin?.write(`${INITIALIZE}\n${LIST}\n`);
    expect(await once(relay, 'exit')).toEqual([0, null]);
  });

  it('ends when its host is killed, although somebody else still holds its stdin open', async () => {
    const pipe = path.join(folder, 'stdin');
    const relayCommand = [process.execPath, ...relayArgs('--no-start', '--data-dir', folder)].join(' ');
    // The shell is the host. The sleep beside it keeps the writing end of the pipe open after the host has died.
    const script = `mkfifo ${pipe}; sleep 60 >${pipe} & ${relayCommand} <${pipe} & echo $! $(jobs -p | head -1); wait`;
    const host = start('bash', ['-c', script]);
    const lines = createInterface({ input: host.stdout ?? process.stdin })[Symbol.asyncIterator]();
    const [relayPid = 0, holderPid = 0] = String((await lines.next()).value)
      .split(' ')
      .map(Number);
    writeFileSync(pipe, `${INITIALIZE}\n`);
    expect(JSON.parse(String((await lines.next()).value))).toMatchObject({ id: 1 });
    host.kill('SIGKILL');
    await untilGone(relayPid);
    process.kill(holderPid, 'SIGKILL');
  });
});

async function untilGone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await delay(50);
}
