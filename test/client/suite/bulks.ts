import { describe, expect, it } from 'vitest';
import { failOne, queued } from '../../support/failed-jobs.ts';
import { asOwner } from '../../support/owner.ts';
import { errorOf, type Subject } from './subject.ts';

export function bulkSuite(subject: () => Subject): void {
  const queue = () => subject().queue;
  /** A user of the test's own, so that what other tests leave is not found. */
  let user_id = 8_100;
  async function failed(count: number): Promise<number[]> {
    user_id++;
    const receipts = await queued(subject().db, count, user_id);
    for (const receiptId of receipts) await failOne(subject().db, receiptId);
    return receipts;
  }

  describe('many jobs at once', () => {
    it('[Q6] a clearing is previewed, confirmed, followed and taken back', async () => {
      const receipts = await failed(2);
      const preview = await queue().clearFailedJobs({ user_id }, asOwner);
      expect(preview).toMatchObject({ would_affect: 2, sample: receipts.map((id) => `ocr-${id}`) });
      const { cleared, bulk } = await queue().clearFailedJobs({ confirm_token: preview.confirm_token }, asOwner);
      expect([cleared, bulk?.state]).toEqual([2, 'ended']);
      const bulk_id = bulk?.bulk_id ?? '';
      expect(await queue().getBulk({ bulk_id }, asOwner)).toMatchObject({ operation: 'clear_failed_jobs', done: 2 });
      expect(await queue().restoreFailedJobs({ bulk_id }, asOwner)).toMatchObject({ restored: 2 });
    });

    it('[Q9] a redrive is previewed with its cost, and accepted', async () => {
      await failed(2);
      const { confirm_token, cost } = await queue().redriveFailedJobs({ user_id, rate_per_minute: 60 }, asOwner);
      expect(cost).toEqual({ agent_calls: 2, stored_replies: 0 });
      const { bulk } = await queue().redriveFailedJobs({ confirm_token }, asOwner);
      expect(bulk).toMatchObject({ total: 2, rate_per_minute: 60, filter: { user_id } });
    });

    it('[Q7] a cancel says of a preview, and of its confirmation, how far the jobs had come', async () => {
      await queued(subject().db, 2, ++user_id);
      const { written, confirm_token } = await queue().cancelJobs({ user_id, status: ['queued'] }, asOwner);
      expect(written).toEqual({ uncalled: 2, aborting: 0, called: 0 });
      expect(await queue().cancelJobs({ confirm_token }, asOwner)).toMatchObject({ written, bulk: { done: 2 } });
    });

    it('[I8] names a token that no preview has given, and a bulk that is none', async () => {
      expect(await errorOf(queue().clearFailedJobs({ confirm_token: 'yes' }, asOwner))).toMatchObject({
        code: 'confirm_invalid',
        pointers: ['/confirm_token'],
      });
      for (const call of [queue().getBulk, queue().restoreFailedJobs]) {
        expect(await errorOf(call({ bulk_id: 'bulk-17' }, asOwner))).toMatchObject({
          code: 'bulk_not_found',
          message: 'There is no bulk "bulk-17".',
          pointers: ['/bulk_id'],
        });
      }
    });
  });
}
