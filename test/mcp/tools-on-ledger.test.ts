import { beforeEach, describe, expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { failed } from '../support/failed-jobs.ts';
import { clearJobs, useGate } from '../support/gate.ts';
import { callerOf } from './support/tool-calls.ts';

const bench = useGate();
const { call, follow } = callerOf(bench);
beforeEach(() => clearJobs(bench.db));

const statusesOf = async () =>
  (await bench.db.query('select status from pantry_queue.jobs order by job_no')).map(({ status }) => status);

describe('tools that act on many jobs', () => {
  it('[M2] queue many receipts as a batch, whose status the next call gives', async () => {
    const receipt_ids = await addReceipts(bench.db, 3);
    const queued = await call('enqueue_ocr', { receipt_ids });
    expect(queued).toMatchObject({ total: 3, queued: 3, deduplicated: 0, job_ids: { length: 3 } });
    const status = await call('get_job_status', { batch_id: queued.batch_id });
    expect(status).toMatchObject({
      summary: `${queued.batch_id}: 0 of 3 have ended.`,
      progress: { waiting: 3 },
      next: { tool: 'get_job_status', arguments: { batch_id: queued.batch_id, cursor: expect.any(String) } },
    });
  });

  it('[M2] queue all that were never read, and say when there are none', async () => {
    const { queued } = await call('enqueue_ocr', { pending: true });
    expect(queued).toBeGreaterThan(0);
    expect((await call('enqueue_ocr', { pending: true, force: false })).summary).toMatch(/had a job already|pending/);
  });

  it('[Q7] cancel what is live of a batch, and say so when nothing is', async () => {
    const { batch_id } = await call('enqueue_ocr', { receipt_ids: await addReceipts(bench.db, 3) });
    expect(await call('cancel_job', { batch_id })).toMatchObject({ batch_id, of: 3 });
    await expect.poll(statusesOf).toEqual(['canceled', 'canceled', 'canceled']);
    expect(await call('cancel_job', { batch_id })).toMatchObject({ canceled: 0 });
    await expect(call('cancel_job', { batch_id: 'batch-unknown' })).rejects.toMatchObject({ code: 'batch_not_found' });
  });

  it('[Q9] run failed jobs again only with the token of the preview, which the next call carries', async () => {
    await failed(bench.db, 2);
    const preview = await call('retry_job', { error_code: 'agent_rejected' });
    expect(preview).toMatchObject({ would_affect: 2, cost: { agent_calls: 2, stored_replies: 0 } });
    expect(await statusesOf()).toEqual(['failed', 'failed']);
    expect(await follow(preview)).toMatchObject({ total: 2 });
    await bench.dispatch.sweep();
    expect(await statusesOf()).toEqual(['failed', 'failed', 'queued', 'queued']);
  });

  it('[Q6] clear failed jobs only with the token of the preview, and bring them back', async () => {
    await failed(bench.db, 2);
    const preview = await call('clear_failed_jobs');
    expect(preview).toMatchObject({ would_affect: 2 });
    expect((await call('queue_info')).failed_jobs).toBe(2);
    const cleared = await follow(preview);
    expect(cleared).toMatchObject({ total: 2, restorable_until: expect.any(String) });
    await expect.poll(async () => (await call('queue_info')).failed_jobs).toBe(0);
    expect(await follow(cleared)).toMatchObject({ summary: expect.stringContaining('count as failed again') });
    await expect.poll(async () => (await call('queue_info')).failed_jobs).toBe(2);
  });

  it('[Q6] bring the last cleared jobs back without a token, the same however often, and no earlier ones', async () => {
    await failed(bench.db, 1);
    await follow(await call('clear_failed_jobs'));
    await failed(bench.db, 2);
    await follow(await call('clear_failed_jobs'));
    for (let times = 0; times < 2; times++) {
      expect(await call('clear_failed_jobs', { undo: true })).toMatchObject({ restored: 2 });
    }
    expect((await call('queue_info')).failed_jobs).toBe(2);
  });

  it('[M6] say what to name when a call names nothing, or two things', async () => {
    for (const [name, args, says] of [
      ['enqueue_ocr', {}, 'receipt_id is missing; in its place you may give receipt_ids or pending.'],
      ['enqueue_ocr', { receipt_id: 17, pending: true }, 'Give only one of receipt_id and pending, not both.'],
      ['get_job_status', {}, 'job_id is missing; in its place you may give batch_id.'],
      ['cancel_job', { job_id: 'ocr-1', batch_id: 'batch-1' }, 'Give only one of job_id and batch_id, not both.'],
      ['retry_job', {}, 'job_id is missing; in its place you may give error_code.'],
      ['retry_job', { job_id: 'ocr-1', batch_id: 'batch-1' }, 'Give only one of job_id and batch_id, not both.'],
    ] as const) {
      await expect(call(name, args), name).rejects.toMatchObject({ code: 'invalid_argument', message: says });
    }
  });
});

describe('tools that tell', () => {
  it('[Q20] find jobs page by page, each once, through the next call', async () => {
    await failed(bench.db, 3);
    const first = await call('find_jobs', { status: 'failed', limit: 2 });
    const second = await follow(first);
    expect([first, second].flatMap(({ jobs }) => jobs)).toHaveLength(3);
    expect(second.next).toBeUndefined();
  });

  it('[Q15] explain a job in lines, with what happens next as the summary', async () => {
    const [receipt_id] = await addReceipts(bench.db, 1);
    const { job_id } = await call('enqueue_ocr', { receipt_id });
    expect(await call('explain_job', { job_id })).toMatchObject({
      job_id,
      summary: expect.stringMatching(/\S/),
      lines: expect.arrayContaining([expect.stringContaining(String(job_id))]),
    });
  });

  it('[Q24] pause and resume the queue, which queue_info then says with the call that resumes', async () => {
    expect(await call('control_queue', { action: 'pause', reason: 'tests' })).toMatchObject({
      paused: true,
      changed: true,
    });
    const info = await call('queue_info');
    expect(info).toMatchObject({
      paused: { by: expect.any(String) },
      problems: expect.arrayContaining([expect.objectContaining({ code: 'queue_paused' })]),
    });
    expect(await follow(info)).toMatchObject({ paused: false, changed: true });
  });
});
