import { describe, expect, it } from 'vitest';
import { addReceipts } from '../../support/db.ts';
import { asOwner } from '../../support/owner.ts';
import { errorOf, type Subject } from './subject.ts';

/** Jobs and batches as MCP clients follow them. */
export function taskSuite(subject: () => Subject): void {
  const queue = () => subject().queue;

  describe('createTask, getTask and cancelTask', () => {
    it('[M3] follow a job by the id of its task, to its cancel', async () => {
      const [receipt_id = 0] = await addReceipts(subject().db, 1);
      const { job_id } = await queue().enqueueOcr({ receipt_id }, asOwner);
      const { task_id, ...made } = await queue().createTask({ job_id }, asOwner);
      expect(made).toMatchObject({ status: 'working', job_id: `${job_id}.1`, batch_id: null });
      expect(await queue().getTask({ task_id }, asOwner)).toMatchObject({ task_id, status: 'working' });
      const canceled = await queue().cancelTask({ task_id }, asOwner);
      expect(canceled).toMatchObject({ task_id, status: 'canceled', poll_after_ms: null });
      expect(await queue().cancelTask({ task_id }, asOwner)).toEqual(canceled);
    });

    it('[M3] refuse an id that none of them gave', async () => {
      const unknown = { code: 'task_not_found', pointers: ['/task_id'] };
      expect(await errorOf(queue().getTask({ task_id: 't1.e30.x' }, asOwner))).toMatchObject(unknown);
      expect(await errorOf(queue().cancelTask({ task_id: 't1.e30.x' }, asOwner))).toMatchObject(unknown);
      expect(await errorOf(queue().createTask({}, asOwner))).toMatchObject({ code: 'invalid_argument' });
    });
  });
}
