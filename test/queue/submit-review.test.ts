import { beforeAll, describe, expect, it } from 'vitest';
import type { CallContext } from '../../src/contract/principal.ts';
import { reasonOf } from '../../src/contract/review-reasons.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { assistant, DOUBTFUL, person, refusal, reviewsOf } from '../support/reviews.ts';

const bench = useGate();
const { doubtful, events, listed, open, read, show, submit } = reviewsOf(bench);
beforeAll(() => beatAs(bench.db, 'w1', 1_000));

describe('[Q17] a person’s word in submit_review', () => {
  it('[Q17] ends the review when it confirms, and every field is the person’s from then on', async () => {
    const id = await doubtful();
    const before = await open();
    const after = await submit(id, { total_amount: '12.5', confirm: true });
    expect(after).toMatchObject({
      needs_review: false,
      review_reasons: [],
      review: { state: 'accepted', ended_by: 'person', user_id: 3 },
      sum_mismatch: null,
      set_by_person: ['currency', 'items', 'merchant_name', 'purchase_date', 'total_amount'],
    });
    expect(after.fields?.merchant_name).toMatchObject({ set_by: 'person', user_id: 3, read: 'Corner Shop' });
    expect(await open()).toBe(before - 1);
    expect(await listed()).not.toContain(id);
    expect((await events(id)).at(-1)).toEqual({
      kind: 'receipt_reviewed',
      data: { outcome: 'accepted', by: 'person', user_id: 3, fields: ['total_amount'] },
    });
  });

  it('[Q15] is told by explain_job: when the reading went to review, what was corrected, and how the review ended', async () => {
    const id = await doubtful();
    const linesOf = async () => (await bench.queue.explainJob({ job_id: `ocr-${id}` }, asOwner)).lines.join('\n');
    expect(await linesOf()).toMatch(/is finished; a person should check.*Its reading went to review/s);
    await submit(id, { total_amount: '12.5' }, assistant(3));
    expect(await linesOf()).toMatch(/a person should check.*Its receipt was corrected \d/s);
    await submit(id, { confirm: true });
    const lines = await linesOf();
    expect(lines).toMatch(/The review ended .*, by a person: accepted\./);
    expect(lines).not.toContain('a person should check');
  });

  it('[Q17] settles what it sets, and ends the review when nothing else is in doubt', async () => {
    const id = await doubtful({ merchant_name: null, total_amount: null });
    expect(await submit(id, { merchant_name: 'Shop' })).toMatchObject({
      needs_review: true,
      review_reasons: [reasonOf('missing_field', {}, { field: 'total_amount' })],
    });
    expect(await submit(id, { total_amount: '12.50' })).toMatchObject({
      needs_review: false,
      review: { state: 'corrected', user_id: 3 },
    });
    expect((await events(id)).map(({ kind }) => kind)).toEqual([
      'receipt_needs_review',
      'receipt_corrected',
      'receipt_reviewed',
    ]);
  });

  it('[Q17] rejects what is no receipt, and a reading that comes later asks again', async () => {
    const id = await doubtful();
    expect(await submit(id, { reject: 'not_a_receipt' })).toMatchObject({
      needs_review: false,
      review: { state: 'rejected', because: 'not_a_receipt' },
    });
    await read(id, {}, true);
    expect(await show(id)).toMatchObject({
      review: { state: 'open' },
      review_reasons: [reasonOf('rejected_before', { because: 'not_a_receipt' })],
    });
  });

  it('[Q17] adds, changes and removes items, and says what does not add up without refusing it', async () => {
    const id = await doubtful();
    const [bread, cheese] = (await show(id)).items ?? [];
    const changed = await submit(id, {
      items: [
        { id: cheese?.id, total_price: '9.00' },
        { item_name: 'Milk', quantity: '2', total_price: '1.50' },
      ],
    });
    expect(changed.items).toMatchObject([
      { id: cheese?.id, item_name: 'Cheese', quantity: 2, unit_price: '5.00', total_price: '9.00' },
      { item_name: 'Milk', quantity: 2, total_price: '1.50' },
    ]);
    expect(changed.items?.map(({ id: item }) => item)).not.toContain(bread?.id);
    expect(changed.sum_mismatch).toEqual({ items_sum: '10.50', total: '12.50', currency: 'EUR' });
    expect(changed.changes?.at(-1)?.fields).toEqual([{ field: 'items', from: '2 items, 12.5', to: '2 items, 10.5' }]);
    await read(id, DOUBTFUL, true);
    expect((await show(id)).items).toEqual(changed.items);
    expect((await submit(id, { total_amount: '10.50' })).sum_mismatch).toBeNull();
    expect((await submit(id, { items: [] })).items).toEqual([]);
  });

  it('[Q17] takes back a sum that did not add up once it does', async () => {
    const id = await doubtful({ total_amount: '13.00', reply: { validation: null } });
    const reason = reasonOf('sum_mismatch', { items_sum: '12.50', total: '13.00', currency: 'EUR' });
    expect((await show(id)).review_reasons).toEqual([reason]);
    expect(await submit(id, { total_amount: '12.90' })).toMatchObject({
      needs_review: true,
      review_reasons: [{ code: 'sum_mismatch', data: { total: '12.90' } }],
    });
    expect(await submit(id, { total_amount: '12.50' })).toMatchObject({ needs_review: false, review_reasons: [] });
  });

  it('[Q17] changes nothing more when it is sent again, and finds what the first call has written', async () => {
    const id = await doubtful();
    const { version } = await show(id);
    const word = { merchant_name: 'Shop', confirm: true, seen_version: version };
    const first = await submit(id, word);
    expect(await submit(id, word)).toEqual(first);
    expect(first.version).toBe(version + 1);
  });

  it.each<[string, object, string]>([
    ['a total that is no amount', { total_amount: 12.5 }, '/total_amount'],
    ['a date that does not exist', { purchase_date: '2026-02-30' }, '/purchase_date'],
    ['items that are no list', { items: { item_name: 'Milk' } }, '/items'],
    [
      'an item with a price of another form',
      { items: [{ item_name: 'Milk', total_price: '1,50' }] },
      '/items/0/total_price',
    ],
    ['an item without a name', { items: [{ total_price: '1.50' }] }, '/items/0/item_name'],
    ['an item that is not there', { items: [{ id: 2_000_000_000 }] }, '/items/0/id'],
    ['a part that no item has', { items: [{ item_name: 'Milk', vat: '1' }] }, '/items/0/vat'],
    ['a reason that is none', { reject: 'ugly' }, '/reject'],
    ['both ends at once', { confirm: true, reject: 'unreadable' }, '/reject'],
  ])('refuses %s, and changes nothing', async (_name, word, pointer) => {
    const id = await doubtful();
    const before = await show(id);
    const error = await refusal(submit(id, word as never));
    expect(error.fields.map((field) => field.pointer)).toContain(pointer);
    expect(await show(id)).toEqual(before);
  });

  it('[S1] answers a stranger’s receipt and one that is deleted like one that does not exist', async () => {
    const id = await doubtful();
    const gone = await doubtful();
    await bench.queue.deleteReceipt({ receipt_id: gone }, asOwner);
    const stranger: CallContext = {
      principal: { tenant: 'default', user: 8, scopes: new Set(['jobs:write', 'jobs:read'] as const) },
    };
    const elsewhere: CallContext = { principal: { ...asOwner.principal, tenant: 'other' } };
    const codes = [
      await refusal(submit(id, { confirm: true }, stranger)),
      await refusal(submit(id, { confirm: true }, elsewhere)),
      await refusal(submit(gone, { confirm: true })),
      await refusal(submit(2_000_000_000, { confirm: true })),
    ].map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(['receipt_not_found']));
    expect((await bench.queue.listReviews({}, stranger)).reviews).toEqual([]);
    expect((await bench.queue.listReviews({}, elsewhere)).reviews).toEqual([]);
    expect((await show(id)).needs_review).toBe(true);
    expect(await listed()).not.toContain(gone);
  });
});

describe('[Q17] an assistant’s word', () => {
  it('[Q17] is stored and marked as the assistant’s, and ends no doubt', async () => {
    const id = await doubtful({ merchant_name: null });
    const after = await submit(id, { merchant_name: 'Shop', confirm: true }, assistant(3));
    expect(after).toMatchObject({
      merchant_name: 'Shop',
      needs_review: true,
      review: { state: 'open' },
      review_reasons: [reasonOf('missing_field', {}, { field: 'merchant_name' })],
      set_by_person: [],
    });
    expect(after.fields?.merchant_name).toMatchObject({ set_by: 'assistant', user_id: 3 });
    expect(after.changes?.at(-1)).toMatchObject({ by: 'assistant', did: 'suggested', user_id: 3 });
    await read(id, {}, true);
    expect(await show(id)).toMatchObject({ merchant_name: 'Shop', needs_review: true });
    expect(await submit(id, { confirm: true })).toMatchObject({ needs_review: false });
    expect((await show(id)).fields?.merchant_name).toMatchObject({ set_by: 'person', user_id: 3 });
  });

  it('[Q17] never overwrites a person, and is told whose word stands', async () => {
    const id = await doubtful();
    await submit(id, { merchant_name: 'Mine' }, person(5));
    const error = await refusal(submit(id, { merchant_name: 'Theirs', currency: 'USD' }, assistant(5)));
    expect(error).toMatchObject({ code: 'set_by_person', fields: [{ pointer: '/merchant_name' }] });
    expect(await show(id)).toMatchObject({ merchant_name: 'Mine', currency: 'EUR' });
    await submit(id, { merchant_name: 'Mine', currency: 'USD' }, assistant(5));
    expect((await show(id)).fields).toMatchObject({
      merchant_name: { set_by: 'person' },
      currency: { set_by: 'assistant', read: 'EUR' },
    });
  });
});
