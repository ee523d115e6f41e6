import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { createBatchBench } from './support/batch-bench.ts';

const bench = useGate();
const { clearAll, round, move, start, fail, enqueue, status, endsOf } = createBatchBench(bench);

const RECEIPTS = 5;
const LIVE = ['waiting', 'running'];
type State = 'none' | 'waiting' | 'running' | 'finished' | 'failed' | 'canceled';
interface ModelBatch {
  readonly id: string;
  readonly members: readonly number[];
  ended: Readonly<Record<string, number>> | undefined;
}

const receipt = fc.nat({ max: RECEIPTS - 1 });
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('batch' as const), receipts: fc.uniqueArray(receipt, { minLength: 1 }) }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      op: fc.constantFrom('enqueue', 'start', 'finish', 'fail', 'cancel', 'retry', 'delete', 'clear', 'expire'),
      receipt,
    }),
  },
  { weight: 5, arbitrary: fc.record({ op: fc.constant('round' as const) }) },
);

describe('whatever becomes of its members', () => {
  it('[Q3] the parts of a batch add up, and it ends exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        await clearAll();
        const ids = await addReceipts(bench.db, RECEIPTS);
        const states: State[] = ids.map(() => 'none');
        const cleared = ids.map(() => false);
        const deleted = ids.map(() => false);
        const generations = ids.map(() => 1);
        const batches: ModelBatch[] = [];
        const isLive = (at: number) => LIVE.includes(states[at] ?? '');
        const partsOf = ({ members }: ModelBatch) => {
          const counts = { finished: 0, failed: 0, canceled: 0, running: 0, deferred: 0, waiting: 0, gone: 0 };
          for (const at of members) counts[states[at] as keyof typeof counts]++;
          return counts;
        };
        const accept = (at: number) => {
          if (states[at] === 'failed' || states[at] === 'canceled') generations[at] = (generations[at] ?? 0) + 1;
          else if (states[at] !== 'none') return;
          states[at] = 'waiting';
          cleared[at] = false;
        };

        for (const each of [...steps, { op: 'round' as const }]) {
          if (each.op === 'batch') {
            const members = each.receipts.filter((at) => !deleted[at]);
            if (members.length === 0) continue;
            const id = await enqueue(members.map((at) => ids[at] ?? 0));
            members.forEach(accept);
            batches.push({ id, members, ended: undefined });
          } else if (each.op === 'round') {
            await Promise.all([round(), round()]);
            for (const batch of batches) if (!batch.members.some(isLive)) batch.ended ??= partsOf(batch);
          } else {
            await one(each.op, each.receipt);
          }
          for (const batch of batches) {
            const seen = await status(batch.id);
            expect(seen.progress).toEqual(partsOf(batch));
            expect(Object.values(seen.progress).reduce((sum, part) => sum + part)).toBe(seen.total);
            expect(seen.cleared).toBe(batch.members.filter((at) => cleared[at]).length);
            expect(seen.ended_at === null).toBe(batch.ended === undefined);
            if (batch.ended) {
              const { finished, failed, canceled, gone } = batch.ended;
              expect(seen.ended_as).toMatchObject({ total: batch.members.length, finished, failed, canceled, gone });
            }
            expect(await endsOf(batch.id)).toHaveLength(batch.ended ? 1 : 0);
          }
        }

        async function one(op: string, at: number): Promise<void> {
          const id = ids[at] ?? 0;
          const job_id = `ocr-${id}`;
          switch (op) {
            case 'enqueue':
              if (deleted[at]) return;
              await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
              return accept(at);
            case 'start':
              if (states[at] !== 'waiting') return;
              await start(id);
              states[at] = 'running';
              return;
            case 'finish':
              if (!isLive(at)) return;
              await move(
                id,
                states[at] === 'running'
                  ? ['started/saving', 'finished']
                  : ['queued/worker', 'started/agent', 'started/saving', 'finished'],
              );
              states[at] = 'finished';
              return;
            case 'fail':
              if (!isLive(at)) return;
              await fail(id, generations[at]);
              states[at] = 'failed';
              return;
            case 'cancel':
              if (states[at] !== 'waiting') return;
              await bench.queue.cancelJob({ job_id }, asOwner);
              states[at] = 'canceled';
              return;
            case 'retry':
              if (deleted[at] || (states[at] !== 'failed' && states[at] !== 'canceled')) return;
              await bench.queue.retryJob({ job_id }, asOwner);
              return accept(at);
            case 'delete':
              if (deleted[at]) return;
              await bench.queue.deleteReceipt({ receipt_id: id }, asOwner);
              deleted[at] = true;
              if (isLive(at)) states[at] = 'failed';
              // Another receipt comes to stand under its id, and is queued.
              await bench.db.query(
                `insert into public.receipts (id, user_id, image_path) values ($1, 1, 'minio://receipts/other.jpg')`,
                [id],
              );
              await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
              return;
            case 'clear':
              if (states[at] !== 'failed' || deleted[at]) return;
              await bench.db.query(
                'update pantry_queue.jobs set cleared_at = now() where subject = $1 and not superseded',
                [id],
              );
              cleared[at] = true;
              return;
            case 'expire':
              await bench.db.query(
                `update pantry_queue.jobs set expired_at = now(), result = null
                 where subject = $1 and not live and orphaned_at is null`,
                [id],
              );
              return;
          }
        }
      }),
      { numRuns: Number(process.env.BATCH_HISTORIES ?? 25) },
    );
  });
});
