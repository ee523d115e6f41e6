import { ocrOf } from '../../../src/contract/job.ts';
import { type BatchWalk, endBatches } from '../../../src/ledger/batches/batch-ends.ts';
import { endJob } from '../../../src/ledger/ends.ts';
import { clearJobs, type GateBench } from '../../support/gate.ts';
import { asOwner } from '../../support/owner.ts';

/** Batches over a bench, whose members are moved without an engine or an agent. */
export function createBatchBench(bench: GateBench) {
  const clearAll = async () => {
    await clearJobs(bench.db);
    await bench.db.query('delete from pantry_queue.events');
    await bench.db.query('delete from pantry_queue.batches');
    await bench.db.query('delete from pantry_queue.paid_calls');
  };

  const round = (walk: BatchWalk = { after: 0 }) => endBatches(bench.db, walk, 1_000);
  const move = (receiptId: number, states: readonly string[]) =>
    states.reduce(
      (before, state) =>
        before.then(() =>
          bench.db.query(
            `update pantry_queue.jobs set status = split_part($2, '/', 1), phase = nullif(split_part($2, '/', 2), ''),
             ended_at = case when $2 = 'finished' then now() end, attempt = case when $2 = 'started/agent' then 1 else attempt end
           where subject = $1 and live`,
            [receiptId, state],
          ),
        ),
      Promise.resolve<unknown>(undefined),
    );
  const start = (receiptId: number) => move(receiptId, ['queued/worker', 'started/agent']);
  const finish = async (receiptId: number) => {
    await move(receiptId, ['queued/worker', 'started/agent', 'started/saving']);
    await bench.db.query(
      `insert into pantry_queue.paid_calls (job_no, attempt, tenant_id, user_id)
       select job_no, attempt, tenant_id, user_id from pantry_queue.jobs where subject = $1 and live`,
      [receiptId],
    );
    await move(receiptId, ['finished']);
  };
  const fail = (receiptId: number, generation = 1) =>
    endJob(
      bench.db,
      { ...ocrOf(receiptId), generation, runNo: undefined },
      { status: 'failed', code: 'agent_rejected', message: 'refused' },
    );
  const enqueue = async (receipt_ids: number[]) => {
    const { batch_id } = await bench.queue.enqueueBatchOcr({ receipt_ids }, asOwner);
    if (batch_id === null) throw new Error('no batch');
    return batch_id;
  };
  const status = (batch_id: string) => bench.queue.getBatch({ batch_id }, asOwner);
  const endsOf = (batchId: string) =>
    bench.db.query(
      `select job_no, data, user_id from pantry_queue.events where kind = 'batch_finished' and batch_id = $1`,
      [batchId],
    );

  return { clearAll, round, move, start, finish, fail, enqueue, status, endsOf };
}
