import { vi } from 'vitest';
import type { QueueClient } from '../../../src/client/index.ts';
import { addStoredReceipts } from './receipts.ts';
import type { UsedTopology } from './use-topology.ts';

const PATIENCE = { timeout: 120_000, interval: 250 };

/** As a caller behind a load balancer: what one server does not answer is asked of the other, until it is answered. */
function persistently<T>(
  { api1, api2 }: UsedTopology,
  first: number,
  call: (api: QueueClient) => Promise<T>,
): Promise<T> {
  let asked = first;
  return vi.waitFor(() => call(asked++ % 2 === 0 ? api1 : api2), PATIENCE);
}

/** Receipts whose jobs are accepted in chunks, half of them one by one, the other half as keyed batches. */
export async function startLoad(queue: UsedTopology, { jobs, chunk }: { jobs: number; chunk: number }) {
  const ids = await addStoredReceipts(queue, jobs);
  async function acceptChunk(place: number): Promise<void> {
    const receipt_ids = ids.slice(place * chunk, (place + 1) * chunk);
    if (place % 2 === 0) {
      const idempotency_key = `load-${receipt_ids[0]}`;
      await persistently(queue, place, (api) => api.enqueueBatchOcr({ receipt_ids, idempotency_key }));
      return;
    }
    for (const receipt_id of receipt_ids) {
      await persistently(queue, receipt_id, (api) => api.enqueueOcr({ receipt_id }));
    }
  }
  return {
    ids,
    /** Keeps so many jobs ahead of what the agent was called for, so that callers meet the faults too. */
    async accept(untilCalls: (count: number) => Promise<void>, ahead: number): Promise<void> {
      for (let place = 0; place * chunk < jobs; place++) {
        await untilCalls(Math.max(0, place * chunk - ahead));
        await acceptChunk(place);
      }
    },
  };
}
