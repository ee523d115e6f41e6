import { beforeAll, describe, expect, it } from 'vitest';
import { isAppError } from '../../src/contract/errors.ts';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { EDITABLE, type EditableField } from '../../src/contract/review.ts';
import { reasonOf } from '../../src/contract/review-reasons.ts';
import { editIn } from '../../src/jobs/ocr/edit-receipt.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { readingsOf, type Told } from '../support/readings.ts';

const bench = useGate();
const { begin, answer, save, read: readAs } = readingsOf(bench);
beforeAll(() => beatAs(bench.db, 'w1', 1_000));

const SAID: Readonly<Record<EditableField, string>> = {
  merchant_name: 'The shop that I know',
  purchase_date: '2026-01-15',
  total_amount: '99.95',
  currency: 'GBP',
};
const READ: Readonly<Record<EditableField, string>> = {
  merchant_name: 'Corner Shop',
  purchase_date: '2026-01-30',
  total_amount: '12.50',
  currency: 'EUR',
};
const FIELDS = [...EDITABLE];

const newReceipt = async () => (await addReceipts(bench.db, 1))[0] ?? 0;
const update = (receipt_id: number, fields: Omit<InputOf<'updateReceipt'>, 'receipt_id'>) =>
  bench.queue.updateReceipt({ receipt_id, ...fields }, asOwner);
const show = (receipt_id: number) => bench.queue.getReceipt({ receipt_id }, asOwner);

const read = (receiptId: number, told: Told = READ, force = false) => readAs(receiptId, told, force);

/** Every way in which a reading comes after the edit. */
const LATER: Readonly<Record<string, (receiptId: number, edit: () => Promise<unknown>) => Promise<void>>> = {
  'its first reading': async (receiptId, edit) => {
    await edit();
    await read(receiptId);
  },
  'a reading that was under way': async (receiptId, edit) => {
    const run = await begin(receiptId);
    await answer(run, READ);
    await edit();
    expect(await save(run)).toEqual({ current: true });
  },
  'one that is forced': async (receiptId, edit) => {
    await read(receiptId, { ...READ, merchant_name: 'At first', total_amount: '1.00', currency: 'USD' });
    await edit();
    await read(receiptId, undefined, true);
  },
  'the retry of one that failed': async (receiptId, edit) => {
    const run = await begin(receiptId);
    await endJob(bench.db, run, { status: 'failed', code: 'agent_rejected', message: 'No.' });
    await edit();
    await read(receiptId);
  },
};

describe('[I3] what a person has set in update_receipt', () => {
  for (const [later, happens] of Object.entries(LATER)) {
    it.each(FIELDS)(`[I3] stays in %s after ${later}, and every other field is the reading’s`, async (field) => {
      const receiptId = await newReceipt();
      // What the application gave would stay too.
      await bench.db.query('update public.receipts set purchase_date = null where id = $1', [receiptId]);
      await happens(receiptId, () => update(receiptId, { [field]: SAID[field] }));
      expect(await show(receiptId)).toMatchObject({
        ...READ,
        [field]: SAID[field],
        ocr_status: 'completed',
        set_by_person: [field],
      });
    });
  }

  it('[I3] stays when a save that began before it is carried out after it', async () => {
    const receiptId = await newReceipt();
    const run = await begin(receiptId);
    await answer(run, READ);
    let saving: Promise<unknown> | undefined;
    await bench.db.transaction(async (tx) => {
      const of = { tenant: 'default', receiptId, userId: undefined, tax: null };
      await editIn(tx, of, { by: 'person', user: 1, edit: SAID });
      saving = save(run);
      await expect
        .poll(() =>
          bench.db.apart.query(
            `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
          ),
        )
        .toHaveLength(1);
    });
    expect(await saving).toEqual({ current: true });
    expect(await show(receiptId)).toMatchObject({
      ...SAID,
      ocr_status: 'completed',
      set_by_person: [...FIELDS].sort(),
    });
  });
});

describe('update_receipt', () => {
  it('sets what is given, says who set it, and changes nothing more when it is repeated', async () => {
    const receiptId = await newReceipt();
    await read(receiptId);
    const before = await show(receiptId);
    const after = await update(receiptId, { total_amount: '13.00', purchase_date: '2026-01-15' });
    const changed = { total_amount: '13.00', purchase_date: '2026-01-15', purchase_date_by: 'person' };
    const told = {
      version: before.version + 1,
      fields: {
        ...before.fields,
        purchase_date: expect.objectContaining({ set_by: 'person', user_id: 1 }),
        total_amount: expect.objectContaining({ set_by: 'person', user_id: 1, read: '12.50' }),
      },
      changes: [expect.objectContaining({ by: 'person', did: 'corrected', version: before.version + 1 })],
      sum_mismatch: { items_sum: '12.50', total: '13.00', currency: 'EUR' },
    };
    expect(after).toEqual({ ...before, ...changed, ...told, set_by_person: ['purchase_date', 'total_amount'] });
    expect(await update(receiptId, { total_amount: '13.00', purchase_date: '2026-01-15' })).toEqual(after);
    const { sum_mismatch: _, ...shown } = after;
    expect(await show(receiptId)).toEqual(shown);
  });

  it('takes back the reasons to look at the fields that it sets, in this reading and in later ones', async () => {
    const receiptId = await newReceipt();
    await bench.db.query('update public.receipts set purchase_date = null where id = $1', [receiptId]);
    const noCurrency = reasonOf('assumed_currency', { currency: 'EUR' }, { field: 'currency' });
    const nothing = { merchant_name: null, purchase_date: null, total_amount: null, currency: null, confidence: 0.9 };
    await read(receiptId, nothing as never);
    expect(await show(receiptId)).toMatchObject({
      needs_review: true,
      review_reasons: [
        reasonOf('missing_field', {}, { field: 'merchant_name' }),
        reasonOf('missing_field', {}, { field: 'purchase_date' }),
        reasonOf('missing_field', {}, { field: 'total_amount' }),
        noCurrency,
      ],
    });
    const { currency, ...first } = SAID;
    expect(await update(receiptId, first)).toMatchObject({
      needs_review: true,
      review_reasons: [noCurrency],
    });
    const settled = { ...SAID, needs_review: false, review_reasons: [] };
    expect(await update(receiptId, { currency })).toMatchObject(settled);
    await read(receiptId, nothing as never, true);
    expect(await show(receiptId)).toMatchObject(settled);
  });

  it('leaves reasons that are about more than the fields it sets', async () => {
    const receiptId = await newReceipt();
    await read(receiptId, { ...READ, confidence: 0.4 });
    expect(await update(receiptId, SAID)).toMatchObject({
      needs_review: true,
      review_reasons: [reasonOf('low_confidence', { confidence: 0.4, below: 0.7 })],
    });
  });

  it('answers another user’s receipt like one that does not exist, and asks for at least one field', async () => {
    const [theirs = 0] = await addReceipts(bench.db, 1, 7);
    const scopes = new Set(['jobs:write'] as const);
    const stranger = { principal: { tenant: 'default', user: 8, scopes } };
    const codeOf = (call: Promise<unknown>) =>
      call.then(
        () => 'done',
        (error) => isAppError(error) && error.code,
      );
    const change = { merchant_name: 'Mine' };
    for (const id of [theirs, 2_000_000_000]) {
      const call = bench.queue.updateReceipt({ receipt_id: id, ...change }, stranger);
      expect(await codeOf(call)).toBe('receipt_not_found');
    }
    expect((await show(theirs)).merchant_name).toBeNull();
    expect(await codeOf(update(theirs, {}))).toBe('invalid_argument');
  });

  it.each<[string, object]>([
    ['merchant_name', { merchant_name: ' ' }],
    ['merchant_name', { merchant_name: 'two\nlines' }],
    ['purchase_date', { purchase_date: '2026-02-30' }],
    ['total_amount', { total_amount: '12,50' }],
    ['total_amount', { total_amount: '1e3' }],
    ['currency', { currency: 'eur' }],
  ])('refuses a %s that has not the contract’s form: %j', async (field, fields) => {
    await expect(update(await newReceipt(), fields)).rejects.toMatchObject({
      code: 'invalid_argument',
      fields: [{ pointer: `/${field}` }],
    });
  });
});

/** What an adopted table may not take: how it is made so, and what is then refused with which words. */
const NARROWER: readonly (readonly [name: string, sql: string, fields: object, pointer: string, says: RegExp])[] = [
  [
    'a name',
    'alter merchant_name type varchar(5)',
    { merchant_name: 'Corner' },
    '/merchant_name',
    /at most 5 characters/,
  ],
  ['an amount', 'alter total_amount type numeric(5,2)', { total_amount: '1000' }, '/total_amount', /at most 3 digits/],
  [
    'its decimals',
    'alter total_amount type numeric(5,1)',
    { total_amount: '1.25' },
    '/total_amount',
    /at most 1 decimals/,
  ],
  ['a code', 'alter currency type varchar(2)', { currency: 'EUR' }, '/currency', /at most 2 characters/],
  [
    'what a rule forbids',
    'add constraint only_positive check (total_amount > 0)',
    { total_amount: '-1', merchant_name: 'M' },
    '/total_amount',
    /Constraint "only_positive".*Nothing was changed/,
  ],
];

describe('update_receipt in a table with narrower columns and rules of its own', () => {
  it.each(NARROWER)('refuses %s precisely and changes nothing (%s)', async (_name, sql, fields, pointer, says) => {
    const receiptId = await newReceipt();
    await bench.db.query('update public.receipts set merchant_name = null, total_amount = null, currency = null');
    await bench.db.query(`alter table public.receipts ${sql}`);
    try {
      const before = await show(receiptId);
      await expect(update(receiptId, fields)).rejects.toMatchObject({
        code: 'invalid_argument',
        message: expect.stringMatching(says),
        fields: [{ pointer }],
      });
      expect(await show(receiptId)).toEqual(before);
    } finally {
      await bench.db.query('alter table public.receipts drop constraint if exists only_positive');
      await bench.db.query(
        'alter table public.receipts alter merchant_name type varchar(255), alter total_amount type numeric(10,2), alter currency type varchar(10)',
      );
    }
  });
});
