import { describe, expect, it } from 'vitest';
import { MAX_LINES } from '../../../src/contract/operations/explain-job.ts';
import type { InputOf } from '../../../src/contract/queue-api.ts';
import { addReceipts } from '../../support/db.ts';
import { asOwner } from '../../support/owner.ts';
import { errorOf, type Subject } from './subject.ts';

/** Jobs found, explained and moved. */
export function findSuite(subject: () => Subject): void {
  const queue = () => subject().queue;
  const queued = async (count: number, user: number) => {
    const ids = await addReceipts(subject().db, count, user);
    for (const receipt_id of ids) await queue().enqueueOcr({ receipt_id }, asOwner);
    return ids;
  };

  describe('findJobs', () => {
    it('[Q20] finds jobs by a filter with lists in it, and pages through them', async () => {
      const [first = 0, second = 0, third = 0] = await queued(3, 711);
      await queue().cancelJob({ job_id: `ocr-${second}` }, asOwner);
      const found = async (input: InputOf<'findJobs'>) =>
        (await queue().findJobs({ user_id: 711, ...input }, asOwner)).jobs.map(({ receipt_id }) => receipt_id);
      expect(await found({ status: ['canceled', 'queued'] })).toEqual([third, second, first]);
      expect(await found({ status: ['canceled'] })).toEqual([second]);
      expect(await found({ phase: ['admission'], receipt_id: first })).toEqual([first]);
      const { next_cursor } = await queue().findJobs({ user_id: 711, limit: 2 }, asOwner);
      expect(await found({ cursor: next_cursor ?? '' })).toEqual([first]);
      expect(await errorOf(queue().findJobs({ status: ['lost'] as never }, asOwner))).toMatchObject({
        code: 'invalid_argument',
        pointers: ['/status/0'],
      });
    });
  });

  describe('explainJob, failedJobs and setPriority', () => {
    it('[Q15] explains a job in a few lines, and what is no job like every other call', async () => {
      const [receipt_id = 0] = await queued(1, 712);
      const explained = await queue().explainJob({ job_id: `ocr-${receipt_id}` }, asOwner);
      expect(explained).toMatchObject({
        job_id: `ocr-${receipt_id}`,
        status: 'queued',
        gives_up_at: expect.any(String),
      });
      expect(explained.lines.length).toBeLessThanOrEqual(MAX_LINES);
      expect(explained.waits).toMatchObject([{ state: 'queued/admission', times: 1, now: true }]);
      expect(await errorOf(queue().explainJob({ job_id: 'ocr-2000000000' }, asOwner))).toMatchObject({
        code: 'job_not_found',
      });
    });

    it('[Q9] lists no cause for a user none of whose jobs has failed', async () => {
      expect(await queue().failedJobs({ user_id: 713 }, asOwner)).toEqual({ failures: [], next_cursor: null });
    });

    it('[Q10] moves a waiting job before the others of its owner, and says where it cannot', async () => {
      const [first = 0, second = 0] = await queued(2, 714);
      const job_id = `ocr-${second}`;
      expect(await queue().getJobStatus({ job_id }, asOwner)).toMatchObject({ position: 1 });
      const moved = await queue().setPriority({ job_id, priority: 'high' }, asOwner);
      expect(moved).toMatchObject({ job_id, priority: 'high', position: 0, changed: true });
      expect(await queue().getJobStatus({ job_id: `ocr-${first}` }, asOwner)).toMatchObject({ position: 1 });
      expect(await queue().setPriority({ job_id, priority: 'high' }, asOwner)).toMatchObject({ changed: false });
      await queue().cancelJob({ job_id }, asOwner);
      expect(await errorOf(queue().setPriority({ job_id, priority: 'low' }, asOwner))).toMatchObject({
        code: 'not_waiting',
      });
    });
  });
}
