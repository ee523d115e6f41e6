import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bench } from '../bench.ts';
import { type Figure, percentile, spreadOf } from '../figure.ts';
import { addReceipts, asOperator, openQueue, settingsFor } from '../queue.ts';

const EVENTS = 100;
/** The first ones find connections and plans that nobody has used. */
const WARM_UP = 10;

/** A receiver that tells when the message of each job arrived. */
async function startReceiver() {
  const waiting = new Map<string, (at: number) => void>();
  const server = createServer(async (request, response) => {
    const at = performance.now();
    let body = '';
    for await (const chunk of request) body += chunk;
    response.writeHead(204).end();
    waiting.get(JSON.parse(body).data.job_id)?.(at);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    arrival: (jobId: string) => new Promise<number>((resolve) => void waiting.set(jobId, resolve)),
    close: () => server.close(),
  };
}

/** From the commit that ends a job, as its caller knows of it, to the first try of its webhook. */
export async function measureWebhooks(bench: Bench): Promise<Figure[]> {
  const { engine, imageDir } = bench.servers;
  const databaseUrl = await bench.servers.createDatabase('bench_webhooks');
  const base = await openQueue(settingsFor({ databaseUrl, imageDir, engine, agentSlots: 1 }));
  const receiver = await startReceiver();
  await base.queue.createWebhook({ url: receiver.url, events: ['job.canceled'] }, asOperator);
  base.dispatch.start();
  try {
    const waits: number[] = [];
    for (const receipt_id of await addReceipts(base.db, EVENTS + WARM_UP, asOperator.principal.user)) {
      const { job_id } = await base.queue.enqueueOcr({ receipt_id, delay_seconds: 3_600 }, asOperator);
      const arrival = receiver.arrival(job_id);
      await base.queue.cancelJob({ job_id }, asOperator);
      const committed = performance.now();
      waits.push(Math.max(0, (await arrival) - committed));
    }
    const measured = waits.slice(WARM_UP);
    return [
      {
        id: 'webhook',
        what: `from the commit of a job’s end to the first try of its webhook, ${EVENTS} of them one by one, p50`,
        unit: 'ms',
        value: percentile(measured, 0.5),
        spread: spreadOf(measured),
        bound: { atMost: 200 },
      },
      { id: 'webhook_p95', what: 'the same, p95', unit: 'ms', value: percentile(measured, 0.95) },
    ];
  } finally {
    receiver.close();
    await base.close();
  }
}
