import { describe, expect, it } from 'vitest';
import { newPhoto, picture, pieces, receiptPhoto } from '../../http/support/images.ts';
import { addReceipts } from '../../support/db.ts';
import { asOwner } from '../../support/owner.ts';
import { errorOf, type Subject } from './subject.ts';

/** Receipts, their images and what was read in them. */
export function receiptSuite(subject: () => Subject): void {
  const queue = () => subject().queue;
  const receipts = (count: number, userId?: number) => addReceipts(subject().db, count, userId);

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

  describe('findReceipts and summarizeReceipts', () => {
    it('[M9] find the receipts of a shop, and say exactly what they come to', async () => {
      const [first = 0, second = 0] = await receipts(2, 731);
      for (const [receipt_id, merchant_name, total_amount] of [
        [first, 'LIDL', '10.10'],
        [second, 'Lidl GmbH', '0.20'],
      ] as const) {
        await queue().updateReceipt({ receipt_id, merchant_name, total_amount, currency: 'EUR' }, asOwner);
      }
      const filter = { user_id: 731, merchant: 'lidl', from: '2026-01-01', to: '2026-01-31' };
      const page = await queue().findReceipts({ ...filter, limit: 1 }, asOwner);
      expect(page.receipts).toMatchObject([{ receipt_id: second, total_amount: '0.20', items: null }]);
      const rest = await queue().findReceipts({ ...filter, cursor: page.next_cursor ?? '' }, asOwner);
      expect(rest).toMatchObject({ receipts: [{ receipt_id: first }], next_cursor: null });
      const certain = { receipts: 2, total: '10.30' };
      expect(await queue().summarizeReceipts(filter, asOwner)).toMatchObject({
        totals: [{ currency: 'EUR', certain }],
      });
      for (const wrong of [{ from: '2026-13-01' }, { min_total: '1,5' }]) {
        expect(await errorOf(queue().findReceipts({ user_id: 731, ...wrong }, asOwner))).toMatchObject({
          code: 'invalid_argument',
          pointers: [`/${Object.keys(wrong)[0]}`],
        });
      }
    });
  });

  describe('addReceipt', () => {
    it('stores an image that comes in pieces, and queues its receipt', async () => {
      const photo = newPhoto();
      const upload = () => ({ bytes: pieces(photo, 10_000), purchase_date: '2026-01-19', user_id: 9 });
      const { receipt, job } = await queue().addReceipt(upload(), asOwner);
      expect(receipt).toMatchObject({ user_id: 9, purchase_date: '2026-01-19', ocr_status: 'pending' });
      expect(job).toMatchObject({ job_id: `ocr-${receipt.id}`, receipt_id: receipt.id, status: 'queued' });
      const again = await queue().addReceipt({ ...upload(), purchase_date: '2026-01-20' }, asOwner);
      expect(again).toMatchObject({ receipt: { id: receipt.id }, deduplicated: true, differs: ['purchase_date'] });
      const second = await queue().addReceipt({ ...upload(), allow_duplicate: true }, asOwner);
      expect(second.deduplicated || second.receipt.id === receipt.id).toBe(false);
    });

    it('gives a small picture of it, and an address that takes another', async () => {
      const bytes = pieces(newPhoto(), 10_000);
      const { receipt } = await queue().addReceipt({ bytes, priority: 'low' }, asOwner);
      const view = await queue().viewReceipt({ receipt_id: receipt.id, field: 'items' }, asOwner);
      expect(view).toMatchObject({ receipt_id: receipt.id, field: null, media_type: 'image/jpeg' });
      expect(Buffer.from(view.picture, 'base64').length).toBeLessThanOrEqual(100 * 1024);
      expect(await errorOf(queue().viewReceipt({ receipt_id: 2_000_000_000 }, asOwner))).toMatchObject({
        code: 'receipt_not_found',
      });
      const { path, expires_at } = await queue().createUpload({ purchase_date: '2026-01-19' }, asOwner);
      expect(path).toMatch(/^\/uploads\/u1\./);
      expect(Date.parse(expires_at)).toBeGreaterThan(Date.now());
      expect(await errorOf(queue().createUpload({ purchase_date: '2026-13-01' }, asOwner))).toMatchObject({
        code: 'invalid_argument',
        pointers: ['/purchase_date'],
      });
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

    it('[Q17] what is in doubt is listed and confirmed', async () => {
      const [receipt_id = 0] = await receipts(1);
      await subject().db.query(
        `update pantry_queue.receipt_state set review = 'open', review_since = now(), review_user = 1,
           review_reasons = '[{"code": "agent_doubt", "field": null, "message": "x", "data": {}}]' where receipt_id = $1`,
        [receipt_id],
      );
      const { reviews } = await queue().listReviews({ reason_code: 'agent_doubt' }, asOwner);
      expect(reviews.map((review) => review.receipt_id)).toContain(receipt_id);
      expect(await queue().submitReview({ receipt_id, confirm: true }, asOwner)).toMatchObject({
        needs_review: false,
        review: { state: 'accepted' },
      });
    });

    it('[H1] a receipt is corrected by hand, and says which fields a person has set', async () => {
      const [receipt_id = 0] = await receipts(1);
      const fields = { merchant_name: 'Bäckerei “Süß” 🥨', total_amount: '12.50', currency: 'EUR' };
      const corrected = await queue().updateReceipt({ receipt_id, ...fields }, asOwner);
      expect(corrected).toMatchObject({ ...fields, set_by_person: ['currency', 'merchant_name', 'total_amount'] });
      const { sum_mismatch, ...shown } = corrected;
      expect(sum_mismatch).toBeNull();
      expect(await queue().getReceipt({ receipt_id }, asOwner)).toEqual(shown);
      expect(await errorOf(queue().updateReceipt({ receipt_id }, asOwner))).toMatchObject({ code: 'invalid_argument' });
      expect(await errorOf(queue().updateReceipt({ receipt_id, total_amount: '99999999999' }, asOwner))).toMatchObject({
        code: 'invalid_argument',
        pointers: ['/total_amount'],
        message: expect.stringContaining('at most 8 digits'),
      });
    });

    it('[Q17] a correction that a model makes is marked as the assistant’s, and as no person’s', async () => {
      const [receipt_id = 0] = await receipts(1);
      const merchant_name = 'Corner Shop';
      await queue().updateReceipt({ receipt_id, merchant_name }, { ...asOwner, acting: 'assistant' });
      expect(await queue().getReceipt({ receipt_id }, asOwner)).toMatchObject({
        merchant_name,
        set_by_person: [],
        fields: { merchant_name: { set_by: 'assistant' } },
      });
    });

    it('[Q25] a deleted receipt takes its job along, and its image when no other receipt has it', async () => {
      const photo = await picture('webp');
      const add = () => queue().addReceipt({ bytes: pieces(photo, 10_000), allow_duplicate: true }, asOwner);
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
