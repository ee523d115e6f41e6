import { fireSchedule } from '../../src/schedules/fire.ts';
import type { GateBench } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import type { LaterOp, ScheduleSeen } from './later.ts';
import type { Model } from './model.ts';

/** Jobs of a sequence that start later, and the schedule of its owner. */
export function createRealLater(
  { db, queue }: GateBench,
  owner: number,
  receiptIds: readonly number[],
  codeOf: (error: unknown) => string,
) {
  const name = `nightly-${owner}`;

  const enqueueAfter = ({ receipt, onParentFailure }: Extract<LaterOp, { op: 'enqueue after' }>) =>
    queue.enqueueOcr(
      {
        receipt_id: receiptIds[receipt] ?? 0,
        after: [`ocr-${receiptIds[1 - receipt]}`],
        on_parent_failure: onParentFailure,
      },
      asOwner,
    );

  /** What a schedule would find: which receipts are pending is the replaced system's word, and not the model's. */
  async function seen(): Promise<ScheduleSeen> {
    const pending = await db.query<{ id: number }>(
      `select id from public.receipts where id = any ($1) and user_id = $2 and ocr_status = 'pending'`,
      [receiptIds, owner],
    );
    const open = await db.query(
      `select from pantry_queue.schedules s join pantry_queue.batches b on b.batch_id = s.last_batch_id
       where s.name = $1 and b.ended_at is null`,
      [name],
    );
    return { pending: pending.map(({ id }) => receiptIds.indexOf(id)).sort(), overlaps: open.length > 0 };
  }

  async function fire(model: Model): Promise<{ answer: string; batchId: string | null }> {
    await queue.createSchedule({ name, cron: '0 2 * * *', user_id: owner }, asOwner);
    const [row] = await db.query<{ schedule_no: number }>(
      'update pantry_queue.schedules set next_at = now(), wake_at = now() where name = $1 returning schedule_no',
      [name],
    );
    const before = model.receipts.map(({ generations }) => generations.length);
    const fired = await fireSchedule(db, row?.schedule_no ?? 0);
    if (!fired) return { answer: 'not due', batchId: null };
    const { run, subjects, error } = fired;
    if (error !== undefined) return { answer: codeOf(error), batchId: null };
    if (run.outcome !== 'fired') return { answer: run.outcome, batchId: run.batch_id };
    const latest = await db.query<{ subject: number; n: number }>(
      'select subject, max(generation) as n from pantry_queue.jobs where subject = any ($1) group by 1',
      [subjects],
    );
    const verdicts = receiptIds.flatMap((id, index) => {
      const found = latest.find(({ subject }) => subject === id);
      return found ? [found.n > (before[index] ?? 0) ? 'new' : 'same'] : [];
    });
    return { answer: `fired ${verdicts.join()}`, batchId: run.batch_id };
  }

  return { enqueueAfter, seen, fire };
}
