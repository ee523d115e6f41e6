import { beforeEach, describe, expect, it } from 'vitest';
import { ocrOf } from '../../src/contract/job.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { addReceipts } from '../support/db.ts';
import { clearJobs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
beforeEach(() => clearJobs(bench.db));

async function receipt(userId = 1): Promise<number> {
  const [id = 0] = await addReceipts(bench.db, 1, userId);
  return id;
}
const end = (receiptId: number, status: 'failed' | 'canceled', generation = 1) =>
  endJob(
    bench.db,
    { ...ocrOf(receiptId), generation, runNo: undefined },
    status === 'failed' ? { status, code: 'agent_rejected', message: 'refused' } : { status },
  );

/** Straight to finished, by the states a real run takes. */
async function finish(receiptId: number): Promise<void> {
  for (const state of [
    `'queued', phase = 'worker'`,
    `'started', phase = 'agent'`,
    `'started', phase = 'saving'`,
    `'finished', phase = null`,
  ]) {
    await bench.db.query(
      `update pantry_queue.jobs set status = ${state} where subject = $1 and status not in ('finished', 'failed', 'canceled')`,
      [receiptId],
    );
  }
}

describe('enqueue_ocr', () => {
  it('gives the same job however often it is asked', async () => {
    const id = await receipt();
    const first = await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
    expect(first).toMatchObject({
      job_id: `ocr-${id}`,
      generation: 1,
      status: 'queued',
      phase: 'admission',
      deduplicated: false,
    });
    const second = await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
    expect(second).toMatchObject({ job_id: `ocr-${id}`, generation: 1, deduplicated: true });
    expect(second.differs).toBeUndefined();
  });

  it('says in what the existing job is different, and leaves it as it is', async () => {
    const id = await receipt();
    await bench.queue.enqueueOcr({ receipt_id: id, priority: 'low' }, asOwner);
    const again = await bench.queue.enqueueOcr({ receipt_id: id, priority: 'high' }, asOwner);
    expect(again).toMatchObject({ deduplicated: true, differs: ['priority'], priority: 'low' });
  });

  it('50 callers at once make one job', async () => {
    const id = await receipt();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => bench.queue.enqueueOcr({ receipt_id: id }, asOwner)),
    );
    expect(new Set(answers.map((answer) => answer.generation))).toEqual(new Set([1]));
    expect(answers.filter((answer) => !answer.deduplicated)).toHaveLength(1);
    const [row] = await bench.db.query('select count(*) as n from pantry_queue.jobs where subject = $1', [id]);
    expect(row?.n).toBe(1);
  });

  it('makes a new generation of what failed or was canceled', async () => {
    const id = await receipt();
    for (const [index, status] of (['failed', 'canceled'] as const).entries()) {
      await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
      await end(id, status, index + 1);
    }
    const third = await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
    expect(third).toMatchObject({ job_id: `ocr-${id}`, generation: 3, deduplicated: false });
    const first = await bench.queue.getJobStatus({ job_id: `ocr-${id}.1` }, asOwner);
    expect(first).toMatchObject({ status: 'failed', generation: 1 });
  });

  it('keeps a finished job, and reads it again only when forced', async () => {
    const id = await receipt();
    await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
    await expect(bench.queue.enqueueOcr({ receipt_id: id, force: true }, asOwner)).rejects.toMatchObject({
      code: 'job_active',
    });
    await finish(id);
    expect(await bench.queue.enqueueOcr({ receipt_id: id }, asOwner)).toMatchObject({
      generation: 1,
      deduplicated: true,
    });
    expect(await bench.queue.enqueueOcr({ receipt_id: id, force: true }, asOwner)).toMatchObject({
      generation: 2,
      deduplicated: false,
    });
  });

  it('names the difference when another image is meant, and refuses what is no key of the store', async () => {
    const id = await receipt();
    await expect(
      bench.queue.enqueueOcr({ receipt_id: id, image_path: 'minio://receipts/other.jpg' }, asOwner),
    ).rejects.toMatchObject({ code: 'idempotency_conflict', message: expect.stringContaining('other.jpg') });
    await expect(
      bench.queue.enqueueOcr({ receipt_id: id, image_path: 'http://10.0.0.1/x.jpg' }, asOwner),
    ).rejects.toMatchObject({ code: 'invalid_argument', fields: [{ pointer: '/image_path' }] });
  });

  it('answers for a receipt of somebody else exactly as for one that does not exist', async () => {
    const theirs = await receipt(2);
    const context = { principal: { ...asOwner.principal, scopes: new Set(['jobs:write', 'jobs:read'] as const) } };
    const [foreign, unknown] = await Promise.all(
      [theirs, 2_000_000_000].map((id) => bench.queue.enqueueOcr({ receipt_id: id }, context).catch((error) => error)),
    );
    const blank = (text: string) => text.replace(/\d+/g, 'N');
    expect(foreign.code).toBe('receipt_not_found');
    expect([foreign.code, blank(foreign.message), foreign.hint]).toEqual([
      unknown.code,
      blank(unknown.message),
      unknown.hint,
    ]);
  });
});

describe('enqueue_batch_ocr', () => {
  it('accepts 10,000 receipts in one write', async () => {
    const ids = await addReceipts(bench.db, 10_000, 7);
    const answer = await bench.queue.enqueueBatchOcr({ receipt_ids: ids, user_id: 7 }, asOwner);
    expect(answer).toMatchObject({ total: 10_000, queued: 10_000, deduplicated: 0 });
    expect(answer.job_ids).toHaveLength(1_000);
    const info = await bench.queue.queueInfo({ user_id: 7 }, asOwner);
    expect(info.queued_jobs).toBe(10_000);
    const [row] = await bench.db.query(
      'select count(distinct xid) as transactions from pantry_queue.events where job_no in (select job_no from pantry_queue.jobs where subject = any($1))',
      [ids],
    );
    expect(row?.transactions).toBe(1);
  });

  it('queues all or none, naming every bad index', async () => {
    const ids = await addReceipts(bench.db, 3);
    const withBad = [ids[0] ?? 0, 2_000_000_001, ids[1] ?? 0, 2_000_000_002, ids[2] ?? 0];
    await expect(bench.queue.enqueueBatchOcr({ receipt_ids: withBad }, asOwner)).rejects.toMatchObject({
      code: 'receipt_not_found',
      fields: [{ pointer: '/receipt_ids/1' }, { pointer: '/receipt_ids/3' }],
    });
    const [row] = await bench.db.query('select count(*) as n from pantry_queue.jobs where subject = any($1)', [ids]);
    expect(row?.n).toBe(0);
  });

  it('names what is wrong in several ways at once, and each place where a bad id stands', async () => {
    const [first = 0, second = 0] = await addReceipts(bench.db, 2);
    await bench.db.query(`update public.receipts set image_path = '' where id = $1`, [second]);
    const unknown = 2_000_000_001;
    const receipt_ids = [unknown, first, second, unknown];
    await expect(bench.queue.enqueueBatchOcr({ receipt_ids }, asOwner)).rejects.toMatchObject({
      fields: [
        { pointer: '/receipt_ids/0', code: 'receipt_not_found' },
        { pointer: '/receipt_ids/2', code: 'image_missing' },
        { pointer: '/receipt_ids/3', code: 'receipt_not_found' },
      ],
    });
    const image_paths = ['https://elsewhere/a.jpg', 'minio://receipts/a.jpg', 'minio://receipts/b.jpg', 'file:///etc'];
    const images = { receipt_ids: [unknown, first, first, second], image_paths };
    await expect(bench.queue.enqueueBatchOcr(images, asOwner)).rejects.toMatchObject({
      code: 'invalid_argument',
      fields: [
        { pointer: '/image_paths/0', code: 'invalid_argument' },
        { pointer: '/image_paths/2', code: 'idempotency_conflict' },
        { pointer: '/image_paths/3', code: 'invalid_argument' },
      ],
    });
  });

  it('refuses lists of different lengths, an empty list, and neither or both of its forms', async () => {
    const ids = await addReceipts(bench.db, 2);
    const refusal = (input: Parameters<typeof bench.queue.enqueueBatchOcr>[0]) =>
      bench.queue.enqueueBatchOcr(input, asOwner).then(
        () => 'accepted',
        (error) => error.code,
      );
    expect(await refusal({ receipt_ids: ids, image_paths: ['minio://receipts/a.jpg'] })).toBe('batch_length_mismatch');
    expect(await refusal({ receipt_ids: [] })).toBe('batch_empty');
    expect(await refusal({})).toBe('invalid_argument');
    expect(await refusal({ receipt_ids: ids, pending: true })).toBe('invalid_argument');
  });

  it('takes what is pending, and counts what was queued already', async () => {
    const ids = await addReceipts(bench.db, 4, 9);
    await bench.queue.enqueueOcr({ receipt_id: ids[0] ?? 0 }, asOwner);
    const answer = await bench.queue.enqueueBatchOcr({ pending: true, user_id: 9 }, asOwner);
    expect(answer).toMatchObject({ total: 4, queued: 3, deduplicated: 1 });
    expect(answer.batch_id).toMatch(/^batch-/);
  });
});

describe('retry_job', () => {
  it('runs what failed again, once however often it is asked', async () => {
    const id = await receipt();
    await bench.queue.enqueueOcr({ receipt_id: id, priority: 'high' }, asOwner);
    await expect(bench.queue.retryJob({ job_id: `ocr-${id}` }, asOwner)).rejects.toMatchObject({
      code: 'not_retryable',
    });
    await end(id, 'failed');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => bench.queue.retryJob({ job_id: `ocr-${id}` }, asOwner)),
    );
    expect(answers.filter((answer) => !answer.deduplicated)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.generation))).toEqual(new Set([2]));
    expect(answers[0]?.priority).toBe('high');
  });
});

describe('job ids', () => {
  it.each(['ocr-', 'ocr-017', 'OCR-17', 'ocr--1', 'ocr-9999999999999999999', 'ocr-1/../2', 'ocr-2000000000'])(
    '%s is answered like a job that does not exist',
    async (jobId) => {
      await expect(bench.queue.getJobStatus({ job_id: jobId }, asOwner)).rejects.toMatchObject({
        code: 'job_not_found',
        fields: [{ pointer: '/job_id' }],
      });
    },
  );
});
