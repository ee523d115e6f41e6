import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { readingIn } from '../../src/contract/fields.ts';
import { ocrOf, type RunKey } from '../../src/contract/job.ts';
import { beginAttempt, failAttempt, loseAttempts } from '../../src/ledger/attempts.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { replaceRun } from '../../src/ledger/gate.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { markProcessing } from '../../src/ledger/processing.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, clearJobs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';

const bench = useGate();
beforeEach(async () => {
  await clearJobs(bench.db);
  bench.engine.known.clear();
});

const worker = { id: 'w1', name: 'w1' };
const other = { id: 'w2', name: 'w2' };

/** A run that the gate has handed over. */
async function handedOver(): Promise<RunKey & { jobId: string }> {
  const [receiptId = 0] = await addReceipts(bench.db, 1);
  await bench.queue.enqueueOcr({ receipt_id: receiptId }, asOwner);
  await beatAs(bench.db, worker.id, 5);
  await beatAs(bench.db, other.id, 5);
  await bench.dispatch.tick();
  return { ...ocrOf(receiptId), generation: 1, runNo: 1, jobId: `ocr-${receiptId}` };
}
const job = (run: { jobId: string }) => bench.queue.getJobStatus({ job_id: run.jobId }, asOwner);
const reply = (receiptId: number, total = '12.50') => ({
  bytes: bytesOf(replyFor({ receipt_id: receiptId, image_path: '', user_id: 1, job_id: '' }, { total_amount: total })),
  agentMs: 5,
});
const hashOf = (receiptId: number, total = '12.50') =>
  createHash('sha256').update(reply(receiptId, total).bytes).digest('hex');
async function began(run: RunKey, by = worker): Promise<number> {
  const start = await beginAttempt(bench.db, run, by);
  if (start.kind !== 'call') throw new Error(`expected a call, got ${JSON.stringify(start)}`);
  await beatAs(bench.db, by.id, 5, [`ocr-${run.subject}`]);
  return start.attempt;
}
async function workerDies(id: string): Promise<void> {
  await bench.db.query(`update pantry_queue.workers set seen_at = now() - interval '16 seconds' where worker_id = $1`, [
    id,
  ]);
}

describe('an attempt', () => {
  it('is with an agent from the statement that lets it begin', async () => {
    const run = await handedOver();
    await began(run);
    expect(await job(run)).toMatchObject({ status: 'started', phase: 'agent', attempts: 1 });
  });

  it('does not begin after a cancel was acknowledged', async () => {
    const run = await handedOver();
    await bench.queue.cancelJob({ job_id: run.jobId }, asOwner);
    expect(await beginAttempt(bench.db, run, worker)).toMatchObject({ kind: 'not_current' });
  });

  it('does not begin while another one of the job is in flight', async () => {
    const run = await handedOver();
    await began(run);
    expect(await beginAttempt(bench.db, run, other)).toEqual({ kind: 'wait', why: 'in_the_air' });
  });

  it('does not begin under a run that was replaced', async () => {
    const run = await handedOver();
    await replaceRun(bench.db, run, 'a test');
    expect(await beginAttempt(bench.db, run, worker)).toMatchObject({
      kind: 'not_current',
      reason: 'run 2 is current',
    });
  });

  it('does not begin, and is not charged, while the queue is paused', async () => {
    const run = await handedOver();
    await bench.queue.pauseQueue({}, asOwner);
    expect(await beginAttempt(bench.db, run, worker)).toMatchObject({
      kind: 'wait',
      why: 'held',
      cap: { reason: 'queue_paused', set_by: 'user 1' },
    });
    await bench.queue.resumeQueue({}, asOwner);
    expect(await job(run)).toMatchObject({ attempts: 0, attempts_charged: 0 });
  });

  it('pays once: where a reply is stored, nothing is called any more', async () => {
    const run = await handedOver();
    const attempt = await began(run);
    await storeReply(bench.db, run, attempt, reply(run.subject));
    expect(await beginAttempt(bench.db, run, other)).toEqual({ kind: 'replied', sha256: hashOf(run.subject) });
    const next = await replaceRun(bench.db, run, 'a test');
    expect(await beginAttempt(bench.db, { ...run, runNo: next?.runNo ?? 0 }, other)).toMatchObject({ kind: 'replied' });
  });

  it('keeps a paid reply, also of a run that was replaced meanwhile', async () => {
    const run = await handedOver();
    const attempt = await began(run);
    const next = await replaceRun(bench.db, run, 'the engine lost it');
    await storeReply(bench.db, run, attempt, reply(run.subject));
    const newRun = { ...run, runNo: next?.runNo ?? 0 };
    expect(await beginAttempt(bench.db, newRun, other)).toMatchObject({ kind: 'replied' });
    expect(await saveResult(bench.db, newRun, { defaultCurrency: 'VND' })).toEqual({ current: true });
    expect((await job(run)).result?.total_amount).toBe('12.50');
  });

  it('keeps the first reply when two come', async () => {
    const run = await handedOver();
    const attempt = await began(run);
    await storeReply(bench.db, run, attempt, reply(run.subject, '1.00'));
    expect(await storeReply(bench.db, run, attempt, reply(run.subject, '2.00'))).toBe(hashOf(run.subject, '1.00'));
  });
});

describe('a worker that dies', () => {
  it('leaves no job standing as started; the loss is told and not charged', async () => {
    const run = await handedOver();
    await began(run);
    await workerDies(worker.id);
    expect(await loseAttempts(bench.db)).toMatchObject([{ subject: run.subject, attempts_lost: 1 }]);
    expect(await job(run)).toMatchObject({ status: 'queued', phase: 'worker', attempts_charged: 0 });
    const events = await bench.db.query(
      'select kind from pantry_queue.events where job_no in (select job_no from pantry_queue.jobs where subject = $1) order by id',
      [run.subject],
    );
    expect(events.map((event) => event.kind)).toContain('attempt_lost');
  });

  it('hands over to the next attempt at once when that one comes first', async () => {
    const run = await handedOver();
    await began(run);
    await workerDies(worker.id);
    expect(await beginAttempt(bench.db, run, other)).toMatchObject({ kind: 'call', attempt: 2 });
  });

  it('is no loss while it lives and lists the job', async () => {
    const run = await handedOver();
    await began(run);
    await bench.db.query(`update pantry_queue.jobs set attempt_started_at = now() - interval '60 seconds'`);
    expect(await loseAttempts(bench.db)).toEqual([]);
  });

  it('is a loss when it lives but no longer lists the job', async () => {
    const run = await handedOver();
    await began(run);
    await bench.db.query(`update pantry_queue.jobs set attempt_started_at = now() - interval '60 seconds'`);
    await beatAs(bench.db, worker.id, 5, []);
    expect(await loseAttempts(bench.db)).toMatchObject([{ subject: run.subject }]);
  });

  it('is no loss until it could have been heard again after an outage of the ledger', async () => {
    const run = await handedOver();
    await began(run);
    await workerDies(worker.id);
    await bench.db.query(`update pantry_queue.queue_state set swept_at = now() - interval '30 seconds'`);
    await bench.dispatch.sweep();
    expect(await job(run)).toMatchObject({ status: 'started', phase: 'agent' });
    expect(await beginAttempt(bench.db, run, other)).toEqual({ kind: 'wait', why: 'in_the_air' });
    await bench.db.query(`update pantry_queue.queue_state set steady_since = now() - interval '9 seconds'`);
    await bench.dispatch.sweep();
    expect(await job(run)).toMatchObject({ status: 'queued', phase: 'worker' });
  });

  it('ends the job after ten losses', async () => {
    const run = await handedOver();
    await bench.db.query('update pantry_queue.jobs set attempts_lost = 9 where subject = $1', [run.subject]);
    await began(run);
    await workerDies(worker.id);
    await bench.dispatch.sweep();
    expect(await job(run)).toMatchObject({ status: 'failed', error: { code: 'attempts_lost' } });
  });

  it('and comes back as a zombie changes nothing', async () => {
    const run = await handedOver();
    const zombie = await began(run);
    await workerDies(worker.id);
    const attempt = await began(run, other);
    await failAttempt(bench.db, run, zombie, { code: 'agent_error', message: 'late', charged: true }, undefined);
    expect(await job(run)).toMatchObject({ status: 'started', phase: 'agent', attempts_charged: 0, error: null });
    await storeReply(bench.db, run, attempt, reply(run.subject));
    await saveResult(bench.db, run, { defaultCurrency: 'VND' });
    const before = await bench.queue.getReceipt({ receipt_id: run.subject }, asOwner);
    await storeReply(bench.db, run, zombie, reply(run.subject, '99.00'));
    expect(await saveResult(bench.db, run, { defaultCurrency: 'VND' })).toEqual({ current: true });
    expect(await bench.queue.getReceipt({ receipt_id: run.subject }, asOwner)).toEqual(before);
  });
});

describe('a save', () => {
  async function replied() {
    const run = await handedOver();
    await markProcessing(bench.db, await readLedgerId(bench.db), run);
    await storeReply(bench.db, run, await began(run), reply(run.subject));
    return run;
  }

  it('of a stale run changes nothing', async () => {
    const run = await replied();
    await replaceRun(bench.db, run, 'a test');
    expect(await saveResult(bench.db, run, { defaultCurrency: 'VND' })).toEqual({
      current: false,
      reason: 'run 2 is current',
    });
    expect((await bench.queue.getReceipt({ receipt_id: run.subject }, asOwner)).merchant_name).toBeNull();
  });

  it('happens once, however often it is sent', async () => {
    const run = await replied();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => saveResult(bench.db, run, { defaultCurrency: 'VND' })),
    );
    expect(answers.every((answer) => answer.current)).toBe(true);
    const [row] = await bench.db.query(
      `select (select count(*)::int from public.receipt_items where receipt_id = $1) as items,
              (select count(*)::int from pantry_queue.events where job_no in (select job_no from pantry_queue.jobs where subject = $1) and kind = 'finished') as finished`,
      [run.subject],
    );
    expect(row).toEqual({ items: 2, finished: 1 });
  });

  it('never overwrites what a person set', async () => {
    const run = await replied();
    await bench.db.query(
      `update pantry_queue.receipt_state set set_by = '{"merchant_name": {"by": "person"}, "items": {"by": "person"}}'
       where receipt_id = $1`,
      [run.subject],
    );
    await bench.db.query(`update public.receipts set merchant_name = 'As I say' where id = $1`, [run.subject]);
    await bench.db.query(`insert into public.receipt_items (receipt_id, item_name) values ($1, 'Mine')`, [run.subject]);
    await saveResult(bench.db, run, { defaultCurrency: 'VND' });
    const receipt = await bench.queue.getReceipt({ receipt_id: run.subject }, asOwner);
    expect(receipt).toMatchObject({ merchant_name: 'As I say', total_amount: '12.50', ocr_status: 'completed' });
    expect(receipt.items?.map((item) => item.item_name)).toEqual(['Mine']);
  });

  it('is left out after a cancel', async () => {
    const run = await replied();
    expect(await bench.queue.cancelJob({ job_id: run.jobId }, asOwner)).toMatchObject({ status: 'canceled' });
    expect(await saveResult(bench.db, run, { defaultCurrency: 'VND' })).toMatchObject({ current: false });
    const receipt = await bench.queue.getReceipt({ receipt_id: run.subject }, asOwner);
    expect(receipt).toMatchObject({ ocr_status: 'pending', merchant_name: null });
  });

  it('marks a doubtful reading for a person, with the reasons', async () => {
    const run = await handedOver();
    const doubtful = replyFor(
      { receipt_id: run.subject, image_path: '', user_id: 1, job_id: '' },
      { confidence: 0.4, total_amount: null },
    );
    await storeReply(bench.db, run, await began(run), { bytes: bytesOf(doubtful), agentMs: 1 });
    await saveResult(bench.db, run, { defaultCurrency: 'VND' });
    const saved = await job(run);
    expect(saved).toMatchObject({ status: 'finished', result: { needs_review: true } });
    expect(readingIn(saved)?.review_reasons.map(({ code }) => code)).toEqual(['low_confidence', 'missing_field']);
  });
});

describe('an end', () => {
  it('a cancel that was asked for wins over a failure that comes meanwhile', async () => {
    const run = await handedOver();
    await began(run);
    await bench.queue.cancelJob({ job_id: run.jobId }, asOwner);
    expect(await job(run)).toMatchObject({ status: 'started', phase: 'canceling' });
    await endJob(bench.db, run, { status: 'failed', code: 'agent_error', message: 'late' });
    expect(await job(run)).toMatchObject({ status: 'canceled', error: null });
  });

  it('a cancel that the engine does not carry out is ended by the sweep', async () => {
    const run = await handedOver();
    await began(run);
    await bench.queue.cancelJob({ job_id: run.jobId }, asOwner);
    await bench.db.query(`update pantry_queue.jobs set cancel_requested_at = now() - interval '9 seconds'`);
    await bench.dispatch.sweep();
    expect(await job(run)).toMatchObject({ status: 'canceled' });
  });

  it('of a stale run changes nothing', async () => {
    const run = await handedOver();
    await replaceRun(bench.db, run, 'a test');
    expect(await endJob(bench.db, run, { status: 'canceled' })).toMatchObject({ current: false });
    expect((await job(run)).status).toBe('queued');
  });

  it('of another ledger’s run changes nothing', async () => {
    const run = await handedOver();
    expect(await markProcessing(bench.db, '00000000-0000-0000-0000-000000000000', run)).toMatchObject({
      current: false,
    });
  });
});
