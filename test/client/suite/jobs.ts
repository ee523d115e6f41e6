import { describe, expect, it } from 'vitest';
import { jobIdOf } from '../../../src/contract/job.ts';
import { addReceipts } from '../../support/db.ts';
import { finished } from '../../support/job-states.ts';
import { asOwner } from '../../support/owner.ts';
import { errorOf, type Subject } from './subject.ts';

/** Single jobs. */
export function jobSuite(subject: () => Subject): void {
  const queue = () => subject().queue;
  const receipts = (count: number, userId?: number) => addReceipts(subject().db, count, userId);

  describe('enqueueOcr', () => {
    it('accepts a receipt once, and says in what a second call differs', async () => {
      const [receipt_id = 0] = await receipts(1);
      const first = await queue().enqueueOcr({ receipt_id }, asOwner);
      expect(first).toMatchObject({
        job_id: `ocr-${receipt_id}`,
        generation: 1,
        status: 'queued',
        deduplicated: false,
        next: { tool: expect.any(String) },
      });
      const second = await queue().enqueueOcr({ receipt_id, priority: 'high' }, asOwner);
      expect(second).toMatchObject({ job_id: first.job_id, deduplicated: true, differs: ['priority'] });
    });

    it('names a receipt that is not there, an image that is not its own, a live job that cannot be forced', async () => {
      const [receipt_id = 0] = await receipts(1);
      expect(await errorOf(queue().enqueueOcr({ receipt_id: 2_000_000_000 }, asOwner))).toMatchObject({
        code: 'receipt_not_found',
        message: 'There is no receipt 2000000000.',
        pointers: ['/receipt_id'],
      });
      const image_path = 'minio://receipts/other.jpg';
      expect(await errorOf(queue().enqueueOcr({ receipt_id, image_path }, asOwner))).toMatchObject({
        code: 'idempotency_conflict',
        pointers: ['/image_path'],
      });
      await queue().enqueueOcr({ receipt_id }, asOwner);
      expect(await errorOf(queue().enqueueOcr({ receipt_id, force: true }, asOwner))).toMatchObject({
        code: 'job_active',
      });
    });
  });

  describe('waitForJobs', () => {
    it('[Q14] tells what is there, names what is not, and goes on from its cursor', async () => {
      const [receipt_id = 0] = await receipts(1);
      const { job_id } = await queue().enqueueOcr({ receipt_id }, asOwner);
      const asked = { job_ids: [job_id, 'ocr-2000000000'], until: 'changed' as const, wait_seconds: 0 };
      const first = await queue().waitForJobs(asked, asOwner);
      expect(first).toMatchObject({
        met: true,
        jobs: [{ job_id, status: 'queued', phase: 'admission' }],
        gone: [{ job_id: 'ocr-2000000000', code: 'job_not_found' }],
        waiting: 1,
        batch: null,
      });
      await queue().cancelJob({ job_id }, asOwner);
      const after = await queue().waitForJobs({ ...asked, cursor: first.cursor }, asOwner);
      expect(after).toMatchObject({ met: true, jobs: [{ job_id, status: 'canceled' }], waiting: 0 });
      expect(await errorOf(queue().waitForJobs({}, asOwner))).toMatchObject({
        code: 'invalid_argument',
        pointers: ['/job_ids'],
      });
    });
  });

  describe('getJobStatus', () => {
    it('tells a job, an exact generation, and what is no job', async () => {
      const [receipt_id = 0] = await receipts(1);
      await queue().enqueueOcr({ receipt_id }, asOwner);
      const job = await queue().getJobStatus({ job_id: `ocr-${receipt_id}` }, asOwner);
      expect(job).toMatchObject({
        receipt_id,
        user_id: 1,
        status: 'queued',
        phase: 'admission',
        result: null,
        error: null,
      });
      expect(await queue().getJobStatus({ job_id: `ocr-${receipt_id}.1` }, asOwner)).toMatchObject({ generation: 1 });
      for (const job_id of [`ocr-${receipt_id}.2`, 'ocr-0', 'nonsense', '../../etc', 'ocr-1?x=1#y', 'ä b', '\ud800']) {
        const error = await errorOf(queue().getJobStatus({ job_id }, asOwner));
        expect(error).toMatchObject({ code: 'job_not_found', pointers: ['/job_id'] });
        expect(error.hint).toContain('ocr-17');
      }
    });

    it('waits for the end, and stops waiting when its caller has gone', async () => {
      const [receipt_id = 0] = await receipts(1);
      const { job_id } = await queue().enqueueOcr({ receipt_id }, asOwner);
      const waiting = queue().getJobStatus({ job_id, wait_seconds: 30 }, asOwner);
      await queue().cancelJob({ job_id }, asOwner);
      expect(await waiting).toMatchObject({ status: 'canceled' });

      const again = await queue().retryJob({ job_id }, asOwner);
      expect(again).toMatchObject({ generation: 2, deduplicated: false });
      const gone = new AbortController();
      const left = queue().getJobStatus({ job_id, wait_seconds: 30 }, { ...asOwner, signal: gone.signal });
      const leftAt = performance.now();
      gone.abort();
      await Promise.allSettled([left]);
      expect(performance.now() - leftAt).toBeLessThan(10_000);
    });
  });

  describe('getResult', () => {
    it('gives the whole reading of a finished job, and null before', async () => {
      const [receipt_id = 0] = await receipts(1);
      const { job_id } = await queue().enqueueOcr({ receipt_id }, asOwner);
      expect(await queue().getResult({ job_id }, asOwner)).toMatchObject({ status: 'queued', result: null });
      const read = jobIdOf(await finished(subject().db));
      expect(await queue().getResult({ job_id: read }, asOwner)).toMatchObject({
        job_id: read,
        status: 'finished',
        result: { merchant_name: expect.any(String), items: [expect.anything(), expect.anything()] },
        read_at: expect.any(String),
      });
    });
  });

  describe('cancelJob and retryJob', () => {
    it('cancel once, retry once, and say what cannot be', async () => {
      const [receipt_id = 0] = await receipts(1);
      const { job_id } = await queue().enqueueOcr({ receipt_id }, asOwner);
      expect(await errorOf(queue().retryJob({ job_id }, asOwner))).toMatchObject({ code: 'not_retryable' });
      const canceled = await queue().cancelJob({ job_id }, asOwner);
      expect(canceled).toMatchObject({ status: 'canceled', already_canceled: false, written: expect.any(String) });
      expect(await queue().cancelJob({ job_id }, asOwner)).toMatchObject({ already_canceled: true });
      expect(await queue().retryJob({ job_id, priority: 'high' }, asOwner)).toMatchObject({
        job_id,
        generation: 2,
        priority: 'high',
        status: 'queued',
      });
      expect(await queue().retryJob({ job_id }, asOwner)).toMatchObject({ generation: 2, deduplicated: true });
    });
  });
}
