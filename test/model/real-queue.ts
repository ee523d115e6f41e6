import { expect } from 'vitest';
import { isAppError } from '../../src/contract/errors.ts';
import { generationIdOf, ocrOf } from '../../src/contract/job.ts';
import { stepBreaker } from '../../src/ledger/breaker/breaker-steps.ts';
import { unpark } from '../../src/ledger/parking.ts';
import { beatAs, type GateBench } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { type Model, type Op, wasStarted } from './model.ts';
import { createRealBulks } from './real-bulks.ts';
import type { RealDeliveries } from './real-deliveries.ts';
import { createRealLater } from './real-later.ts';
import { setRealLimit } from './real-limits.ts';
import { createRealReviews } from './real-reviews.ts';
import { createRealRun } from './real-run.ts';

/** Of the receipt `$1`. */
const ROW_CHANGES = {
  'delete receipt': 'delete from public.receipts where id = $1 returning id',
  // Counted, so that the old row is deleted first.
  'id used again': `with old as (delete from public.receipts where id = $1 returning id)
    insert into public.receipts (id, user_id, image_path, created_at)
    select $1, 1, 'minio://receipts/own.jpg', clock_timestamp() from (select count(*) from old) o returning id`,
  'image changed': `update public.receipts set image_path = case when image_path like '%-other'
    then left(image_path, -6) else image_path || '-other' end where id = $1 returning id`,
} as const;

/** Does to the real queue what the model describes; `model` is read before it changes, for ids of runs and attempts. */
export function createRealQueue(
  bench: GateBench,
  owner: number,
  receiptIds: readonly number[],
  { ledgerId, deliveries }: { ledgerId: string; deliveries: RealDeliveries },
) {
  const { db, queue, dispatch } = bench;
  const codeOf = (error: unknown): string => {
    if (isAppError(error)) return error.code;
    throw error;
  };
  const batches: string[] = [];
  const performBulk = createRealBulks(queue, receiptIds);
  const reviews = createRealReviews(bench, receiptIds, codeOf);
  const later = createRealLater(bench, owner, receiptIds, codeOf);
  const verdict = (job: { deduplicated: boolean }) => (job.deduplicated ? 'same' : 'new');
  const workerName = (model: Model) => `worker-${receiptIds[0]}-${model.worker}`;

  /** The live worker, with all that the model says it reads. */
  const beat = (model: Model) =>
    beatAs(
      db,
      workerName(model),
      100,
      model.receipts.flatMap(({ generations }, index) =>
        generations.flatMap((job, at) =>
          job.state === 'started/agent' && job.worker === model.worker
            ? [generationIdOf({ ...ocrOf(receiptIds[index] ?? 0), generation: at + 1 })]
            : [],
        ),
      ),
    );

  /** No probe by the clock: the agent is back when the sequence says so. */
  const holdOpen = () =>
    db.query(
      `update pantry_queue.breaker set next_probe_at = now() + interval '1 hour' where next_probe_at is not null`,
    );

  const performInRun = createRealRun(bench, { ledgerId, reviews, workerName, beat, holdOpen });

  /** A probe begins, and its replies come through. */
  async function comeBack(): Promise<void> {
    for (let step = 0; step < 14; step++) {
      await db.query(
        'update pantry_queue.breaker set next_probe_at = now(), replies = $1 where next_probe_at is not null',
        [step],
      );
      await stepBreaker(db);
    }
    await unpark(db, 1_000);
  }

  async function retry(jobId: string): Promise<string> {
    const outcome = await queue.retryJob({ job_id: jobId }, asOwner).catch(codeOf);
    if (typeof outcome === 'string') return outcome;
    if (outcome.released) {
      await holdOpen();
      await dispatch.tick();
    }
    return verdict(outcome);
  }

  async function perform(model: Model, op: Op): Promise<string> {
    switch (op.op) {
      case 'batch': {
        const before = model.receipts.map(({ generations }) => generations.length);
        const refused = await queue.enqueueBatchOcr({ receipt_ids: [...receiptIds] }, asOwner).then(({ batch_id }) => {
          batches.push(batch_id ?? '');
          return undefined;
        }, codeOf);
        if (refused !== undefined) return refused;
        const rows = await db.query<{ receipt_id: number; n: number }>(
          'select subject as receipt_id, max(generation) as n from pantry_queue.jobs where subject = any($1) group by 1',
          [receiptIds],
        );
        return receiptIds
          .map((id, index) =>
            (rows.find((row) => row.receipt_id === id)?.n ?? 0) > (before[index] ?? 0) ? 'new' : 'same',
          )
          .join();
      }
      case 'pause':
        await queue.pauseQueue({}, asOwner);
        return 'done';
      case 'resume':
        await queue.resumeQueue({}, asOwner);
        await holdOpen();
        return 'done';
      case 'agent comes back':
        await comeBack();
        return 'done';
      case 'tick':
        await dispatch.tick();
        return 'done';
      case 'receiver refuses':
      case 'receiver takes':
      case 'deliver':
        return deliveries.perform(op.op);
      case 'schedule': {
        const { answer, batchId } = await later.fire(model);
        if (batchId !== null) batches.push(batchId);
        return answer;
      }
      case 'pause owner':
      case 'resume owner':
      case 'cap 0':
      case 'cap 1':
      case 'cap off':
      case 'budget':
      case 'budget off':
        await setRealLimit(queue, owner, op.op);
        // A person who resumes has the agent tried at once.
        await holdOpen();
        return 'done';
      case 'sweep':
        await beat(model);
        // The walk over all jobs has come to those of this sequence, and no stall of this machine is a gap of the sweeps:
        // behind one no worker would count as lost for a while (test/ledger/attempts.test.ts).
        await db.query(
          `update pantry_queue.queue_state set swept_at = now(), walked_job_no = coalesce(
             (select min(job_no) - 1 from pantry_queue.jobs where subject = any ($1)), walked_job_no)`,
          [receiptIds],
        );
        await dispatch.sweep();
        return 'done';
      case 'worker lost':
        await db.query(`update pantry_queue.workers set seen_at = now() - interval '1 hour'`);
        await beat({ ...model, worker: model.worker + 1 });
        return 'done';
      case 'time passes':
        await db.query(
          `with j as (
             update pantry_queue.jobs set state_since = state_since - interval '1 minute',
               next_attempt_at = next_attempt_at - interval '1 minute',
               cancel_requested_at = cancel_requested_at - interval '1 minute',
               engine_checked_at = engine_checked_at - interval '1 minute',
               run_at = run_at - interval '1 hour',
               attempt_started_at = attempt_started_at - interval '1 minute'
             where live)
           update pantry_queue.commands set next_try_at = now() where done_at is null`,
        );
        return 'done';
      default:
        return performOnReceipt(model, op);
    }
  }

  async function performOnReceipt(model: Model, op: Extract<Op, { receipt: number }>): Promise<string> {
    const receiptId = receiptIds[op.receipt] ?? 0;
    const jobId = `ocr-${receiptId}`;
    const generations = model.receipts[op.receipt]?.generations ?? [];
    switch (op.op) {
      case 'enqueue':
        return queue.enqueueOcr({ receipt_id: receiptId }, asOwner).then(verdict, codeOf);
      case 'force':
        return queue.enqueueOcr({ receipt_id: receiptId, force: true }, asOwner).then(verdict, codeOf);
      case 'retry':
        return retry(jobId);
      case 'cancel':
        return queue
          .cancelJob({ job_id: jobId }, asOwner)
          .then((job) => (job.already_canceled ? 'already' : 'canceled'), codeOf);
      case 'enqueue later':
        return queue.enqueueOcr({ receipt_id: receiptId, delay_seconds: 1_800 }, asOwner).then(verdict, codeOf);
      case 'enqueue after':
        return later.enqueueAfter(op).then(verdict, codeOf);
      case 'priority':
        return queue.setPriority({ job_id: jobId, priority: 'high' }, asOwner).then(() => 'done', codeOf);
      case 'delete':
        return queue.deleteReceipt({ receipt_id: receiptId }, asOwner).then(() => 'done', codeOf);
      case 'preview':
      case 'confirm':
      case 'restore':
        return performBulk(op);
      case 'confirm review':
      case 'reject review':
      case 'reviews expire':
        return reviews.perform(op.op, receiptId);
      case 'delete receipt':
      case 'id used again':
      case 'image changed': {
        const rows = await db.query(ROW_CHANGES[op.op], [receiptId]);
        return rows.length > 0 ? 'done' : 'nothing';
      }
    }
    const job = generations.at(-1);
    if (!job || !wasStarted(job)) return 'nothing';
    return performInRun(model, op, job, { ...ocrOf(receiptId), generation: generations.length, runNo: job.runNo });
  }

  /** The jobs as the model writes them. */
  async function look(): Promise<unknown[][]> {
    const rows = await db.query<{ receipt_id: number }>(
      `select j.subject as receipt_id, pantry_queue.state_of(status, phase) as state, j.run_no as "runNo", j.attempt,
              attempts_charged as charged, attempts_lost as lost, p.job_no is not null as replied,
              orphaned_at is not null as "isForgotten", cleared_at is not null as "isCleared"
       from pantry_queue.jobs j left join pantry_queue.replies p using (job_no)
       where j.subject = any($1) order by j.generation`,
      [receiptIds],
    );
    return receiptIds.map((id) =>
      rows.filter((row) => row.receipt_id === id).map(({ receipt_id: _same, ...job }) => job),
    );
  }

  /** Holds every batch of the sequence against what always holds of one. @returns how many have not ended yet */
  async function lookAtBatches(): Promise<number> {
    let open = 0;
    for (const batch_id of batches) {
      const { total, progress, ended_at } = await queue.getBatch({ batch_id }, asOwner);
      const members = Object.values(progress).reduce((sum, part) => sum + part, 0);
      const ends = await db.query(`select from pantry_queue.events where batch_id = $1 and kind = 'batch_finished'`, [
        batch_id,
      ]);
      expect({ batch_id, members, ends: ends.length }).toEqual({ batch_id, members: total, ends: ended_at ? 1 : 0 });
      if (ended_at === null) open++;
    }
    return open;
  }
  return { perform, look, lookAtReviews: reviews.look, lookAtBatches, beat, seen: later.seen };
}
