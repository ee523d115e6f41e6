import { describe, expect, it } from 'vitest';
import { addReceipts } from '../../support/db.ts';
import { asOwner } from '../../support/owner.ts';
import type { Subject } from './subject.ts';

/** The queue as a whole. */
export function controlSuite(subject: () => Subject): void {
  const queue = () => subject().queue;
  const receipts = (count: number, userId?: number) => addReceipts(subject().db, count, userId);

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
}
