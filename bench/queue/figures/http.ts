import { Agent, request } from 'node:http';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { addReceipts, asOperator } from '../queue.ts';
import { compareLatency, WARM_UP_ROUNDS } from '../rounds.ts';

const CALLS = { rounds: 20, samples: 20 };

/** One call over a connection that is kept, read to its end. */
function call(agent: Agent, url: string, body?: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { agent, method: body ? 'POST' : 'GET', headers: body ? { 'content-type': 'application/json' } : {} },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if ((response.statusCode ?? 500) >= 300) reject(new Error(`${url} answered ${response.statusCode}: ${text}`));
          else resolve(JSON.parse(text));
        });
      },
    );
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

/** The real server process; the queue is paused, so its gate has nothing to hand over meanwhile. */
export async function measureHttp(bench: Bench): Promise<Figure[]> {
  const { queue, db } = bench.base;
  await queue.pauseQueue({ reason: 'measured over HTTP' }, asOperator);
  const url = await bench.servers.startHttpServer(bench.settings);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const count = (CALLS.rounds + WARM_UP_ROUNDS) * CALLS.samples;
    const ids = await addReceipts(db, 2 * count + 1);
    const next = () => ids.pop() ?? 0;
    const known = next();
    await queue.enqueueOcr({ receipt_id: known }, asOperator);
    const enqueue = await compareLatency(
      CALLS,
      { run: () => call(agent, `${url}/jobs`, { receipt_id: next() }) },
      { run: () => queue.enqueueOcr({ receipt_id: next() }, asOperator) },
    );
    const status = await compareLatency(
      CALLS,
      { run: () => call(agent, `${url}/jobs/ocr-${known}`) },
      { run: () => queue.getJobStatus({ job_id: `ocr-${known}` }, asOperator) },
    );
    return [
      {
        id: 'http_enqueue',
        what: 'POST /jobs adds to the service call, p50',
        unit: 'ms',
        value: enqueue.difference,
        baseline: { what: 'the service call', value: enqueue.baseline },
        spread: enqueue.differenceSpread,
        bound: { atMost: 1.5 },
      },
      {
        id: 'http_status',
        what: 'GET /jobs/{job_id} adds to the service call, p50',
        unit: 'ms',
        value: status.difference,
        baseline: { what: 'the service call', value: status.baseline },
        spread: status.differenceSpread,
      },
    ];
  } finally {
    agent.destroy();
    await queue.resumeQueue({}, asOperator);
  }
}
