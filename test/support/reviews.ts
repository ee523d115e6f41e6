import { isAppError } from '../../src/contract/errors.ts';
import type { CallContext } from '../../src/contract/principal.ts';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { reasonOf } from '../../src/contract/review-reasons.ts';
import { addReceipts } from './db.ts';
import type { GateBench } from './gate.ts';
import { asOwner } from './owner.ts';
import { readingsOf, type Told } from './readings.ts';

export const DOUBTFUL = { confidence: 0.4 } as const;
export const LOW = reasonOf('low_confidence', { confidence: 0.4, below: 0.7 });

export const person = (user: number): CallContext => ({ principal: { ...asOwner.principal, user } });
export const assistant = (user: number): CallContext => ({ ...person(user), acting: 'assistant' });

/** The error with which a call is refused. */
export async function refusal(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isAppError(error)) throw error ?? new Error('it was not refused');
  return error;
}

/** Receipts in doubt, and words about them. */
export function reviewsOf(bench: GateBench) {
  const readings = readingsOf(bench);
  let owner = 100;
  return {
    ...readings,
    /** Each of another user: of one user, all of them would be of the same purchase. */
    async doubtful(told: Told = DOUBTFUL): Promise<number> {
      const [id = 0] = await addReceipts(bench.db, 1, ++owner);
      await bench.db.query('update public.receipts set purchase_date = null where id = $1', [id]);
      await readings.read(id, told);
      return id;
    },
    submit: (receipt_id: number, word: Omit<InputOf<'submitReview'>, 'receipt_id'>, context = person(3)) =>
      bench.queue.submitReview({ receipt_id, ...word }, context),
    show: (receipt_id: number) => bench.queue.getReceipt({ receipt_id }, asOwner),
    events: (receiptId: number) =>
      bench.db.query<{ kind: string; data: unknown }>(
        `select e.kind, e.data from pantry_queue.events e join pantry_queue.jobs j using (job_no)
         where j.subject = $1 and e.kind like 'receipt%' order by e.xid, e.id`,
        [receiptId],
      ),
    open: async () => (await bench.queue.queueInfo({}, asOwner)).reviews.open,
    async listed(filter: InputOf<'listReviews'> = {}): Promise<number[]> {
      const ids: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await bench.queue.listReviews({ ...filter, limit: 2, ...(cursor ? { cursor } : {}) }, asOwner);
        ids.push(...page.reviews.map(({ receipt_id }) => receipt_id));
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return ids;
    },
  };
}
