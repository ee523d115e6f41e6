import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Bench } from '../bench.ts';
import { type Figure, median, spreadOf } from '../figure.ts';
import { addReceipts, asOperator } from '../queue.ts';
import { compareLatency } from '../rounds.ts';

const CALLS = { rounds: 20, samples: 20 };
const CLIENTS = 64;
const CALLS_EACH = 10;
const RELAYS = 7;

const MAIN = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));

const callOf = (name: string, args: object) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } });

/** One exchange over a connection that is kept, read to its end. */
function exchange(agent: Agent, url: string, body?: string): Promise<string> {
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: body ? 'POST' : 'GET', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** How many of the calls of many clients at once were not answered. */
async function failuresAtOnce(url: string, jobId: string): Promise<number> {
  const failures = Array.from({ length: CLIENTS }, async () => {
    const client = new Client({ name: 'bench', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
    let failed = 0;
    try {
      await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
      for (let nth = 0; nth < CALLS_EACH; nth += 1) {
        const answer = await client.callTool({ name: 'get_job_status', arguments: { job_id: jobId } });
        if (answer.isError) failed += 1;
      }
    } catch {
      failed += 1;
    } finally {
      await client.close();
    }
    return failed;
  });
  return (await Promise.all(failures)).reduce((sum, failed) => sum + failed, 0);
}

/** A relay from its start to its first answer, as a host starts it. */
async function startRelay(url: string): Promise<{ ms: number; mb: number }> {
  const beganAt = performance.now();
  const relay = spawn(process.execPath, [MAIN, 'mcp', '--url', url], { stdio: ['pipe', 'pipe', 'ignore'] });
  relay.stdin.write(`${callOf('queue_info', {})}\n`);
  const lines = createInterface({ input: relay.stdout })[Symbol.asyncIterator]();
  const answer = String((await lines.next()).value);
  const ms = performance.now() - beganAt;
  if (!answer.includes('"structuredContent"') || answer.includes('"isError":true')) throw new Error(answer);
  const status = readFileSync(`/proc/${relay.pid}/status`, 'utf8');
  relay.kill();
  return { ms, mb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024 };
}

/** The tools over the real server process; its queue is paused, so that nothing else runs. */
export async function measureMcp(bench: Bench): Promise<Figure[]> {
  const { queue, db } = bench.base;
  await queue.pauseQueue({ reason: 'measured over MCP' }, asOperator);
  const url = await bench.servers.startHttpServer(bench.settings);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const [receipt_id = 0] = await addReceipts(db, 1);
    const { job_id } = await queue.enqueueOcr({ receipt_id }, asOperator);
    const status = await compareLatency(
      CALLS,
      { run: () => exchange(agent, `${url}/mcp`, callOf('get_job_status', { job_id })) },
      { run: () => exchange(agent, `${url}/jobs/${job_id}`) },
    );
    const failures = await failuresAtOnce(url, job_id);
    const relays: { ms: number; mb: number }[] = [];
    for (let nth = 0; nth < RELAYS; nth += 1) relays.push(await startRelay(url));
    const startMs = relays.map(({ ms }) => ms);
    const sizeMb = relays.map(({ mb }) => mb);
    return [
      {
        id: 'mcp_status',
        what: 'tools/call get_job_status adds to GET /jobs/{job_id}, p50',
        unit: 'ms',
        value: status.difference,
        baseline: { what: 'the route', value: status.baseline },
        spread: status.differenceSpread,
        bound: { atMost: 2 },
      },
      {
        id: 'mcp_at_once',
        what: `failed of ${CLIENTS * CALLS_EACH} calls by ${CLIENTS} clients at once`,
        unit: 'calls',
        value: failures,
        bound: { atMost: 0 },
      },
      {
        id: 'mcp_relay_start',
        what: 'relay, from its start to its first answer, with a running queue',
        unit: 'ms',
        value: median(startMs),
        spread: spreadOf(startMs),
        bound: { atMost: 1_500 },
      },
      {
        id: 'mcp_relay_size',
        what: 'relay, resident memory by then (a bare Node has 39)',
        unit: 'MB',
        value: median(sizeMb),
        spread: spreadOf(sizeMb),
        bound: { atMost: 80 },
      },
    ];
  } finally {
    agent.destroy();
    await queue.resumeQueue({}, asOperator);
  }
}
