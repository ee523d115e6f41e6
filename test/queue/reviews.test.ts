import { beforeAll, describe, expect, it } from 'vitest';
import { foldArrivals } from '../../src/ledger/arrivals.ts';
import { expireOverdue } from '../../src/ledger/retention.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { assistant, DOUBTFUL, LOW, person, reviewsOf } from '../support/reviews.ts';

const bench = useGate();
const { doubtful, events, listed, open, read, show, submit } = reviewsOf(bench);
beforeAll(() => beatAs(bench.db, 'w1', 1_000));

describe('[Q17] a reading that is in doubt', () => {
  it('[Q17] marks its receipt in the commit that saves it, with the reasons, an event and a count', async () => {
    const before = await open();
    const id = await doubtful();
    const receipt = await show(id);
    expect(receipt).toMatchObject({
      needs_review: true,
      review_reasons: [LOW],
      review: { state: 'open', ended_at: null },
    });
    expect(await events(id)).toEqual([{ kind: 'receipt_needs_review', data: { reasons: ['low_confidence'] } }]);
    expect(await open()).toBe(before + 1);
    await foldArrivals(bench.db);
    expect(await open()).toBe(before + 1);
    expect((await bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner)).status).toBe('finished');
  });

  it('[Q17] is listed oldest first, page by page, by reason and by user', async () => {
    const first = await doubtful();
    const second = await doubtful({ merchant_name: null });
    const third = await doubtful();
    const ids = [first, second, third];
    const ofThese = (found: number[]) => found.filter((id) => ids.includes(id));
    expect(ofThese(await listed())).toEqual(ids);
    expect(ofThese(await listed({ reason_code: 'low_confidence' }))).toEqual([first, third]);
    expect(ofThese(await listed({ reason_code: 'missing_field' }))).toEqual([second]);
    expect(ofThese(await listed({ user_id: (await show(second)).user_id }))).toEqual([second]);
    expect(ofThese(await listed({ user_id: 7 }))).toEqual([]);
    const [row] = (await bench.queue.listReviews({ reason_code: 'missing_field' }, asOwner)).reviews.slice(-1);
    expect(row).toMatchObject({
      receipt_id: second,
      job_id: `ocr-${second}`,
      merchant_name: null,
      total_amount: '12.50',
    });
  });

  it('[Q17] leaves the list, the count and the doubt behind when a later reading has none', async () => {
    const id = await doubtful();
    await read(id, {}, true);
    expect(await show(id)).toMatchObject({ needs_review: false, review: null, review_reasons: [] });
    expect((await events(id)).map(({ kind }) => kind)).toEqual(['receipt_needs_review', 'receipt_reviewed']);
    expect(await listed()).not.toContain(id);
  });
});

describe('[Q17] a reading after a person’s word', () => {
  it('[I3] leaves every field that a person has confirmed, and asks once where it differs', async () => {
    const id = await doubtful();
    await submit(id, { total_amount: '99.95', confirm: true });
    const other = { merchant_name: 'Other', total_amount: '1.00', currency: 'USD', purchase_date: '2026-01-01' };
    await read(id, DOUBTFUL, true);
    expect(await show(id)).toMatchObject({ needs_review: false, review: { state: 'accepted' }, total_amount: '99.95' });
    await read(id, other, true);
    const after = await show(id);
    expect(after).toMatchObject({
      merchant_name: 'Corner Shop',
      total_amount: '99.95',
      currency: 'EUR',
      purchase_date: '2026-01-30',
      review: { state: 'open' },
    });
    expect(after.review_reasons.map(({ code, field }) => [code, field])).toEqual(
      ['merchant_name', 'purchase_date', 'total_amount', 'currency'].map((field) => ['conflicting_value', field]),
    );
    expect(after.fields?.total_amount).toMatchObject({ set_by: 'person', read: '1.00' });
    await submit(id, { confirm: true });
    await read(id, other, true);
    expect((await show(id)).needs_review).toBe(false);
  });
});

describe('[Q17] a review that nobody comes for', () => {
  it('[Q17] expires after its time: it leaves list and count, and the receipt stays in doubt', async () => {
    const [old, young] = [await doubtful(), await doubtful()];
    await bench.db.query(
      `update pantry_queue.receipt_state set review_since = now() - interval '31 days' where receipt_id = $1`,
      [old],
    );
    const before = await open();
    expect(await expireOverdue(bench.db, 30 * 86_400, 100)).toEqual([old]);
    expect(await open()).toBe(before - 1);
    expect(await listed()).not.toContain(old);
    expect(await listed()).toContain(young);
    expect(await show(old)).toMatchObject({
      needs_review: true,
      review_reasons: [LOW],
      review: { state: 'expired', ended_by: 'policy' },
    });
    expect((await events(old)).at(-1)?.data).toMatchObject({ outcome: 'expired', by: 'policy' });
    expect(await submit(old, { confirm: true })).toMatchObject({ needs_review: false, review: { state: 'accepted' } });
  });
});

describe('[S7] who set what', () => {
  it('[S7] is told of every field: the reading with its attempt, the uploader, a person, an assistant', async () => {
    const id = await doubtful();
    const fields = (await show(id)).fields;
    expect(fields?.total_amount).toMatchObject({ set_by: 'agent', job_id: `ocr-${id}`, attempt: 1, user_id: null });
    expect(fields?.items).toMatchObject({ set_by: 'agent' });
    await submit(id, { currency: 'USD' }, person(3));
    await submit(id, { merchant_name: 'Shop' }, assistant(4));
    expect((await show(id)).fields).toMatchObject({
      currency: { set_by: 'person', user_id: 3, read: 'EUR', job_id: null },
      merchant_name: { set_by: 'assistant', user_id: 4, read: 'Corner Shop' },
      purchase_date: { set_by: 'agent' },
    });
  });

  it('[S7] the latest twenty changes are kept, readings among them', async () => {
    const id = await doubtful();
    await read(id, { merchant_name: 'Second', confidence: 0.4 }, true);
    expect((await show(id)).changes).toMatchObject([
      { by: 'agent', did: 'read', fields: [{ field: 'merchant_name', from: 'Corner Shop', to: 'Second' }] },
    ]);
    for (let nth = 0; nth < 25; nth++) await submit(id, { merchant_name: `Shop ${nth}` });
    const changes = (await show(id)).changes ?? [];
    expect(changes).toHaveLength(20);
    expect(changes.at(-1)?.fields).toEqual([{ field: 'merchant_name', from: 'Shop 23', to: 'Shop 24' }]);
  });
});
