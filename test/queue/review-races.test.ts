import { beforeAll, describe, expect, it } from 'vitest';
import { reasonOf } from '../../src/contract/review-reasons.ts';
import { editIn } from '../../src/jobs/ocr/edit-receipt.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { person, refusal, reviewsOf } from '../support/reviews.ts';

const bench = useGate();
const { answer, begin, doubtful, events, save, show, submit } = reviewsOf(bench);
beforeAll(() => beatAs(bench.db, 'w1', 1_000));

const ofReceipt = (receiptId: number) => ({ tenant: 'default', receiptId, userId: undefined, tax: null });
/** Until a statement waits for the row that somebody has locked. */
const untilWaiting = () =>
  expect
    .poll(() =>
      bench.db.apart.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      ),
    )
    .toHaveLength(1);

describe('[Q17] two who look at one receipt', () => {
  it('[Q17] the second is told what was changed and by whom, and nothing of the first is lost', async () => {
    const id = await doubtful();
    const { version } = await show(id);
    await submit(id, { merchant_name: 'First', seen_version: version }, person(3));
    const error = await refusal(
      submit(id, { merchant_name: 'Second', confirm: true, seen_version: version }, person(4)),
    );
    expect(error.code).toBe('receipt_changed_since');
    expect(error.message).toContain('user 3');
    expect(error.fields).toContainEqual({
      pointer: '/merchant_name',
      code: 'receipt_changed_since',
      message: 'merchant_name is First now.',
    });
    expect(await show(id)).toMatchObject({ merchant_name: 'First', needs_review: true });
  });

  it('[Q17] only one of fifty who confirm the same version is heard', async () => {
    const id = await doubtful();
    const { version } = await show(id);
    const ends = await Promise.allSettled(
      Array.from({ length: 50 }, (_, nth) =>
        submit(id, { merchant_name: `Shop ${nth}`, confirm: true, seen_version: version }, person(nth + 1)),
      ),
    );
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await show(id)).version).toBe(version + 1);
    expect((await events(id)).map(({ kind }) => kind)).toEqual(['receipt_needs_review', 'receipt_reviewed']);
  });

  it('[Q17] a reviewer who comes when the review has ended is told who ended it', async () => {
    const id = await doubtful();
    await submit(id, { confirm: true }, person(3));
    for (const word of [{ confirm: true }, { reject: 'unreadable' as const }]) {
      const error = await refusal(submit(id, word, person(4)));
      expect(error).toMatchObject({ code: 'review_closed' });
      expect(error.message).toContain('user 3 ended it as accepted');
    }
    expect((await refusal(submit(await doubtful({}), { confirm: true }))).code).toBe('review_closed');
  });

  it('[I3] a confirmation that a save meets is kept whole: the reading is judged by it', async () => {
    const id = await doubtful();
    const run = await begin(id, true);
    await answer(run, { merchant_name: 'Other', confidence: 0.4 });
    let saving: Promise<unknown> | undefined;
    await bench.db.transaction(async (tx) => {
      await editIn(tx, ofReceipt(id), { by: 'person', user: 3, edit: {}, confirm: true });
      saving = save(run);
      await untilWaiting();
    });
    expect(await saving).toEqual({ current: true });
    const conflict = reasonOf('conflicting_value', { said: 'Corner Shop', read: 'Other' }, { field: 'merchant_name' });
    expect(await show(id)).toMatchObject({
      merchant_name: 'Corner Shop',
      review: { state: 'open' },
      review_reasons: [conflict],
      generation: 2,
    });
    const job = await bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner);
    expect(job.result).toMatchObject({ review_reasons: [conflict] });
  });

  it('[Q25] a deletion that meets a word waits for it, and holds nothing that the word still needs', async () => {
    const id = await doubtful();
    let deleting: Promise<unknown> | undefined;
    await bench.db.transaction(async (tx) => {
      await tx.query('select from pantry_queue.receipt_state where receipt_id = $1 for update', [id]);
      deleting = bench.queue.deleteReceipt({ receipt_id: id }, asOwner);
      await untilWaiting();
      await tx.query('select from public.receipts where id = $1 for update nowait', [id]);
      await editIn(tx, ofReceipt(id), { by: 'person', user: 3, edit: {}, confirm: true });
    });
    expect(await deleting).toMatchObject({ deleted: true });
    expect((await refusal(show(id))).code).toBe('receipt_not_found');
  });
});
