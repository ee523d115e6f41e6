import { describe, expect, it } from 'vitest';
import { addReceipts } from '../../support/db.ts';
import { asOwner } from '../../support/owner.ts';
import { errorOf, type Subject } from './subject.ts';

/** Many jobs at once. */
export function batchSuite(subject: () => Subject): void {
  const queue = () => subject().queue;
  const receipts = (count: number, userId?: number) => addReceipts(subject().db, count, userId);

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

    it('tells what was there already, and that nothing is new', async () => {
      const receipt_ids = await receipts(2);
      const { job_ids } = await queue().enqueueBatchOcr({ receipt_ids }, asOwner);
      const again = await queue().enqueueBatchOcr({ receipt_ids }, asOwner);
      expect(again).toMatchObject({ total: 2, queued: 0, deduplicated: 2, job_ids });
    });

    it('takes what is pending of one user', async () => {
      await receipts(4, 501);
      const batch = await queue().enqueueBatchOcr({ pending: true, user_id: 501, limit: 3 }, asOwner);
      expect(batch).toMatchObject({ total: 3, queued: 3 });
    });
  });

  describe('getBatch and listBatches', () => {
    it('[Q3] tell how far a batch is, and page through those of a user', async () => {
      const batches: string[] = [];
      for (const count of [2, 3]) {
        const { batch_id } = await queue().enqueueBatchOcr(
          { receipt_ids: await receipts(count, 502), user_id: 502 },
          asOwner,
        );
        batches.unshift(batch_id ?? '');
      }
      const [newest = '', oldest = ''] = batches;
      const batch = await queue().getBatch({ batch_id: newest }, asOwner);
      expect(batch).toMatchObject({ batch_id: newest, user_id: 502, total: 3, queued: 3, ended_at: null });
      expect(Object.values(batch.progress).reduce((sum, part) => sum + part, 0)).toBe(3);

      const page = await queue().listBatches({ user_id: 502, limit: 1 }, asOwner);
      expect(page.batches).toMatchObject([{ batch_id: newest, total: 3 }]);
      const rest = await queue().listBatches({ user_id: 502, limit: 1, cursor: page.next_cursor ?? '' }, asOwner);
      expect(rest).toMatchObject({ batches: [{ batch_id: oldest, total: 2 }], next_cursor: null });
      expect(await errorOf(queue().getBatch({ batch_id: 'batch-none' }, asOwner))).toMatchObject({
        code: 'batch_not_found',
        pointers: ['/batch_id'],
      });
    });
  });
}
