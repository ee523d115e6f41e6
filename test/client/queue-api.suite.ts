import { describe, expect, it } from 'vitest';
import { isAppError } from '../../src/contract/errors.ts';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import type { Db } from '../../src/ledger/db.ts';
import { picture, pieces, receiptPhoto } from '../http/support/images.ts';
import { addReceipts } from '../support/db.ts';
import { asOwner } from '../support/owner.ts';

/** What a caller sees of an error; over HTTP and in the service it must be the same. */
async function errorOf(
  call: Promise<unknown>,
): Promise<{ code: string; message: string; hint: string; pointers: string[] }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isAppError(error)) throw new Error(`an AppError was expected, not ${String(error)}`);
  const { code, message, hint, fields } = error;
  return { code, message, hint, pointers: fields.map(({ pointer }) => pointer) };
}

/**
 * What everybody may expect of a QueueApi, whoever implements it.
 * @param subject the queue and the database behind it; read inside the tests
 */
export function queueApiSuite(subject: () => { queue: QueueApi; db: Db }): void {
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

  describe('enqueueBatchOcr', () => {
    it('accepts all of a list, or none of it', async () => {
      const receipt_ids = await receipts(3);
      const batch = await queue().enqueueBatchOcr({ receipt_ids, priority: 'low' }, asOwner);
      expect(batch).toMatchObject({
        total: 3,
        queued: 3,
        deduplicated: 0,
        job_ids: receipt_ids.map((id) => `ocr-${id}`),
      });
      const more = await receipts(1);
      const bad = { receipt_ids: [...more, 2_000_000_000] };
      expect(await errorOf(queue().enqueueBatchOcr(bad, asOwner))).toMatchObject({ code: 'receipt_not_found' });
      const job_id = `ocr-${more[0]}`;
      expect(await errorOf(queue().getJobStatus({ job_id }, asOwner))).toMatchObject({ code: 'job_not_found' });
    });

    it('takes what is pending of one user', async () => {
      await receipts(4, 501);
      const batch = await queue().enqueueBatchOcr({ pending: true, user_id: 501, limit: 3 }, asOwner);
      expect(batch).toMatchObject({ total: 3, queued: 3 });
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

  describe('queueInfo, pauseQueue, resumeQueue', () => {
    it('count what is there', async () => {
      await receipts(2, 601);
      await queue().enqueueBatchOcr({ pending: true, user_id: 601 }, asOwner);
      const info = await queue().queueInfo({ user_id: 601 }, asOwner);
      expect(info).toMatchObject({ count: 2, queued_jobs: 2, started_jobs: 0, paused: null, parts: { ledger: 'ok' } });
    });

    it('pause with a reason that people find, and go on', async () => {
      expect(await queue().pauseQueue({ reason: 'spring cleaning' }, asOwner)).toMatchObject({ changed: true });
      expect((await queue().queueInfo({}, asOwner)).paused).toMatchObject({ reason: 'spring cleaning' });
      expect(await queue().resumeQueue({}, asOwner)).toMatchObject({ changed: true, paused: null });
      expect(await queue().resumeQueue({}, asOwner)).toMatchObject({ changed: false });
    });
  });

  describe('listReceipts and getReceipt', () => {
    it('page through the receipts of a user', async () => {
      const ids = (await receipts(3, 701)).reverse();
      const page = await queue().listReceipts({ user_id: 701, limit: 2 }, asOwner);
      expect(page.receipts.map(({ id }) => id)).toEqual(ids.slice(0, 2));
      const rest = await queue().listReceipts({ user_id: 701, last_id: page.last_id }, asOwner);
      expect(rest).toMatchObject({ total: 1, last_id: -1, receipts: [{ id: ids[2], items: null }] });
      const next = await queue().listReceipts({ user_id: 701, cursor: page.next_cursor ?? '' }, asOwner);
      expect(next).toEqual({ ...rest, next_cursor: null });
      expect(await queue().getReceipt({ receipt_id: ids[0] ?? 0 }, asOwner)).toMatchObject({
        id: ids[0],
        user_id: 701,
      });
      expect(await errorOf(queue().getReceipt({ receipt_id: 2_000_000_000 }, asOwner))).toMatchObject({
        code: 'receipt_not_found',
      });
    });

    it('refuse a cursor of another user, and two places to begin at', async () => {
      await receipts(3, 702);
      const { next_cursor } = await queue().listReceipts({ user_id: 702, limit: 1 }, asOwner);
      const cursor = next_cursor ?? '';
      expect(await errorOf(queue().listReceipts({ user_id: 703, cursor }, asOwner))).toMatchObject({
        code: 'invalid_argument',
        pointers: ['/cursor'],
      });
      expect(await errorOf(queue().listReceipts({ user_id: 702, cursor, last_id: 5 }, asOwner))).toMatchObject({
        code: 'invalid_argument',
        pointers: ['/last_id'],
      });
    });
  });

  describe('addReceipt', () => {
    it('stores an image that comes in pieces, and queues its receipt', async () => {
      const upload = { bytes: pieces(receiptPhoto, 10_000), purchase_date: '2026-01-19', user_id: 9 };
      const { receipt, job } = await queue().addReceipt(upload, asOwner);
      expect(receipt).toMatchObject({ user_id: 9, purchase_date: '2026-01-19', ocr_status: 'pending' });
      expect(job).toMatchObject({ job_id: `ocr-${receipt.id}`, receipt_id: receipt.id, status: 'queued' });
    });

    it('refuses what is no whole image, or no day', async () => {
      const add = (bytes: Uint8Array, purchase_date = '2026-01-19') =>
        errorOf(queue().addReceipt({ bytes: pieces(bytes, 10_000), purchase_date }, asOwner));
      expect(await add(Buffer.from('hello'))).toMatchObject({ code: 'unsupported_image', pointers: ['/file'] });
      expect(await add(Buffer.alloc(0))).toMatchObject({ code: 'image_unreadable', pointers: ['/file'] });
      expect(await add(receiptPhoto.subarray(0, 9_000))).toMatchObject({
        code: 'image_unreadable',
        pointers: ['/file'],
      });
      expect(await add(Buffer.alloc(21 * 1024 * 1024, receiptPhoto))).toMatchObject({ code: 'image_too_large' });
      expect(await add(await picture('png'), '2026-13-01')).toMatchObject({
        code: 'invalid_argument',
        pointers: ['/purchase_date'],
      });
    });

    it('[H1] a receipt is corrected by hand, and says which fields a person has set', async () => {
      const [receipt_id = 0] = await receipts(1);
      const fields = { merchant_name: 'Bäckerei “Süß” 🥨', total_amount: '12.50', currency: 'EUR' };
      const corrected = await queue().updateReceipt({ receipt_id, ...fields }, asOwner);
      expect(corrected).toMatchObject({ ...fields, set_by_person: ['currency', 'merchant_name', 'total_amount'] });
      expect(await queue().getReceipt({ receipt_id }, asOwner)).toEqual(corrected);
      expect(await errorOf(queue().updateReceipt({ receipt_id }, asOwner))).toMatchObject({ code: 'invalid_argument' });
      expect(await errorOf(queue().updateReceipt({ receipt_id, total_amount: '99999999999' }, asOwner))).toMatchObject({
        code: 'invalid_argument',
        pointers: ['/total_amount'],
        message: expect.stringContaining('at most 8 digits'),
      });
    });

    it('[Q25] a deleted receipt takes its job along, and its image when no other receipt has it', async () => {
      const photo = await picture('webp');
      const add = () => queue().addReceipt({ bytes: pieces(photo, 10_000) }, asOwner);
      const [first, second] = [await add(), await add()];
      const remove = ({ receipt }: typeof first) => queue().deleteReceipt({ receipt_id: receipt.id }, asOwner);

      expect(await remove(first)).toEqual({ receipt_id: first.receipt.id, deleted: true, image_removed: false });
      expect(await queue().getJobStatus({ job_id: first.job.job_id }, asOwner)).toMatchObject({
        status: 'failed',
        result: null,
        error: { code: 'receipt_deleted', retryable: false },
        next: null,
      });
      expect(await errorOf(remove(first))).toMatchObject({ code: 'receipt_not_found' });
      expect(await queue().getReceipt({ receipt_id: second.receipt.id }, asOwner)).toMatchObject({
        ocr_status: 'pending',
      });
      expect(await remove(second)).toMatchObject({ image_removed: true });
    });

    it('fails with what its bytes failed with', async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield receiptPhoto.subarray(0, 6_000);
        throw new Error('the disk was pulled out');
      }
      const newest = async () => (await queue().listReceipts({ limit: 1 }, asOwner)).receipts[0]?.id;
      const before = await newest();
      const failed = queue().addReceipt({ bytes: broken(), purchase_date: '2026-01-19' }, asOwner);
      await expect(failed).rejects.toThrow('the disk was pulled out');
      expect(await newest()).toBe(before);
    });
  });
}
