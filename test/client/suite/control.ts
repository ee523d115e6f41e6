import { describe, expect, it } from 'vitest';
import { addReceipts } from '../../support/db.ts';
import { beatAs } from '../../support/gate.ts';
import { asOwner } from '../../support/owner.ts';
import { errorOf, type Subject } from './subject.ts';

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

  describe('setCap and listCaps', () => {
    it('[Q11] limit an owner, refuse what is beyond with the time to wait, and show what is used', async () => {
      const [one = 0, two = 0] = await receipts(2, 602);
      expect(await queue().setCap({ user_id: 602, queued: 1 }, asOwner)).toMatchObject({ cap: { queued: 1 } });
      await queue().enqueueOcr({ receipt_id: one }, asOwner);
      const refused = await errorOf(queue().enqueueOcr({ receipt_id: two }, asOwner));
      expect(refused).toMatchObject({
        code: 'queue_full',
        message: 'User 602 may have 1 job waiting.',
        hint: expect.stringMatching(/^Nothing was accepted. Call again in \d+ s/),
      });
      const { limits } = await queue().queueInfo({ user_id: 602 }, asOwner);
      expect(limits).toMatchObject([{ user_id: 602, queued: { limit: 1, used: 1 } }]);
      expect((await queue().listCaps({ user_id: 602 }, asOwner)).caps).toMatchObject([{ queued: 1, reason: 'limit' }]);
      expect(await queue().setCap({ user_id: 602, queued: null }, asOwner)).toEqual({ cap: null, changed: true });
    });
  });

  describe('queueHistory and listWorkers', () => {
    it('[Q5] give the spans of a time in order, and refuse a time that ends before it begins', async () => {
      const asked = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', user_id: 601 } as const;
      const history = await queue().queueHistory(asked, asOwner);
      expect(history.buckets.length).toBeGreaterThan(1);
      expect(history.buckets.map(({ at }) => at)).toEqual(history.buckets.map(({ at }) => at).sort());
      const wrong = { ...asked, from: asked.to, to: asked.from };
      expect(await errorOf(queue().queueHistory(wrong, asOwner))).toMatchObject({ code: 'invalid_argument' });
    });

    it('[W5] name the live workers and their slots, page by page', async () => {
      for (const name of ['worker-a', 'worker-b']) await beatAs(subject().db, name, 3);
      const names: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await queue().listWorkers(cursor === undefined ? { limit: 1 } : { limit: 1, cursor }, asOwner);
        names.push(...page.workers.map(({ name, slots }) => `${name} ${slots}`));
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined && names.length < 20);
      expect(names).toEqual(expect.arrayContaining(['worker-a 3', 'worker-b 3']));
    });
  });
}
