import { beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/contract/policies.ts';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { foundBy, type MadeReceipt, makeReceipts } from './support/money-bench.ts';

const bench = useGate();
type Filter = InputOf<'findReceipts'>;

const stranger = (user: number, tenant = 'default') => ({
  principal: { tenant, user, scopes: new Set(['jobs:read'] as const) },
});

/** The receipts of user 1; each test names them by their place here. */
const OWN: readonly MadeReceipt[] = [
  { merchant: 'LIDL', day: '2026-04-03', total: '30.99', doubtful: true, items: [['Vollmilch 3,5%', '1.19']] },
  { merchant: 'Lidl Vertriebs GmbH & Co. KG', day: '2026-04-07', total: '22.68', items: [['BUTTER', '2.29']] },
  { merchant: '  lidl ', day: '2026-04-28', total: '20.00' },
  { merchant: 'Lídl', day: '2026-05-01', total: '20.00' },
  { merchant: 'Lidl', day: '2026-04-15', total: '31.50', currency: 'CHF' },
  { merchant: 'Lid1', day: '2026-04-16', total: '9.00' },
  { merchant: 'Bäckerei Müller', day: '2026-04-03', total: '4.10', items: [['Milchbrötchen', '1.10']] },
  { merchant: 'BAECKEREI MUELLER e.K.', day: null, total: '5.20' },
  { merchant: 'dm-drogerie markt', day: '2026-01-31', total: null },
  { merchant: 'DM Drogeriemarkt GmbH + Co. KG', day: '2026-02-01', total: '-3.00' },
  { merchant: null, day: '2026-02-02', total: '1.00' },
  { merchant: 'Перекрёсток', day: '2026-02-03', total: '800.00', currency: 'RUB' },
  { merchant: '★★★', day: '2026-02-03', total: '7.00' },
];
let own: number[] = [];
const MANY = LIMITS.searchedRows + 300;

beforeAll(async () => {
  own = await makeReceipts(bench.db, OWN);
  await makeReceipts(bench.db, [
    { user_id: 2, merchant: 'Lidl', day: '2026-04-03', total: '1.00' },
    { merchant: 'Lidl', day: '2026-04-03', total: '1.00', tenant_id: 'other' },
    ...Array.from({ length: MANY }, (_, n): MadeReceipt => {
      const merchant = n === 9 ? 'Rare Shop' : 'Corner Shop';
      return { user_id: 5, merchant, day: `2025-0${1 + (n % 9)}-11`, total: `${n}.00` };
    }),
  ]);
});

const placesOf = async (filter: Filter, limit?: number) =>
  (await foundBy(bench.queue, filter, limit)).map(({ receipt_id }) => own.indexOf(receipt_id));

const LISTS: readonly [what: string, filter: Filter, places: number[]][] = [
  ['nothing', {}, [3, 2, 5, 4, 1, 6, 0, 12, 11, 10, 9, 8, 7]],
  ['a shop in small letters', { merchant: 'lidl' }, [3, 2, 4, 1, 0]],
  ['a shop with its legal form', { merchant: 'LIDL GmbH' }, [3, 2, 4, 1, 0]],
  ['a shop with accents and spaces', { merchant: ' Lìdl  ' }, [3, 2, 4, 1, 0]],
  ['a longer name of a shop', { merchant: 'lidl vertriebs' }, [1]],
  ['an umlaut', { merchant: 'Müller' }, [6, 7]],
  ['an umlaut as two letters', { merchant: 'mueller' }, [6, 7]],
  ['an umlaut without its dots', { merchant: 'baeckerei muller' }, [6, 7]],
  ['a name with its spaces elsewhere', { merchant: 'dmdrogerie markt' }, [9, 8]],
  ['letters of another script', { merchant: 'ПЕРЕКРЕСТОК' }, [11]],
  ['a name of nothing but signs', { merchant: '★★★' }, [12]],
  ['a name that none has', { merchant: 'Aldi' }, []],
  ['half of a word', { merchant: 'Lid' }, []],
  ['a word of an item', { item: 'MILCH' }, [6, 0]],
  ['a word of an item as it is not written', { item: 'Brotchen' }, [6]],
  ['a sign in place of a word', { item: '%' }, [0]],
  ['the first day', { from: '2026-04-28' }, [3, 2]],
  ['the last day', { to: '2026-02-01' }, [9, 8]],
  ['one day', { from: '2026-04-03', to: '2026-04-03' }, [6, 0]],
  ['days that come in no order', { from: '2026-04-04', to: '2026-04-03' }, []],
  ['the least total', { min_total: '30.99' }, [4, 0, 11]],
  ['a total below zero', { max_total: '-0.01' }, [9]],
  ['a currency in small letters', { currency: 'chf' }, [4]],
  ['doubt', { needs_review: true }, [0]],
  ['no doubt, and a shop', { needs_review: false, merchant: 'lidl' }, [3, 2, 4, 1]],
  ['all at once', { merchant: 'lidl', item: 'milch', from: '2026-04-01', to: '2026-04-30', currency: 'EUR' }, [0]],
];

describe('[M9] find_receipts', () => {
  it.each(LISTS)(
    '[M9] lists what fits once, the latest day first, on pages of any size: %s',
    async (_, filter, places) => {
      for (const limit of [1, 4, 200]) expect([limit, await placesOf(filter, limit)]).toEqual([limit, places]);
    },
  );

  it('[M9] names the spellings that a shop stands for, and those that look like it without adding them', async () => {
    const found = await bench.queue.findReceipts({ merchant: 'Lidl', from: '2026-04-01', limit: 1 }, asOwner);
    expect(found.merchants.map((name) => name.toLowerCase())).toContain('lidl vertriebs gmbh & co. kg');
    expect(found.similar_merchants).toEqual([{ merchant: 'Lid1', receipts: 1 }]);
    const half = await bench.queue.findReceipts({ merchant: 'Lid' }, asOwner);
    expect(half).toMatchObject({ receipts: [], merchants: [] });
  });

  it('shows the lines of each receipt when they are asked for', async () => {
    const [first] = (await bench.queue.findReceipts({ item: 'butter', with_items: true }, asOwner)).receipts;
    expect(first).toMatchObject({ receipt_id: own[1], items: [{ item_name: 'BUTTER', total_price: '2.29' }] });
    const all = await foundBy(bench.queue, { user_id: 5, with_items: true });
    expect(new Set(all.map(({ receipt_id }) => receipt_id)).size).toBe(MANY);
  });

  it('ends a page that has looked at many others, and finds what lies behind them on the next', async () => {
    const rare = { user_id: 5, merchant: 'Rare Shop' };
    const first = await bench.queue.findReceipts(rare, asOwner);
    expect([first.receipts.length, first.next_cursor === null]).toEqual([0, false]);
    expect((await foundBy(bench.queue, rare)).map(({ total_amount }) => total_amount)).toEqual(['9.00']);
  });

  it('[S1] never finds the receipts of another user or tenant, nor takes a cursor of theirs', async () => {
    expect(await bench.queue.findReceipts({}, stranger(9))).toMatchObject({ receipts: [] });
    const elsewhere = await bench.queue.findReceipts({ merchant: 'lidl' }, stranger(1, 'other'));
    expect(elsewhere.receipts.map(({ total_amount }) => total_amount)).toEqual(['1.00']);
    await expect(bench.queue.findReceipts({ user_id: 2 }, stranger(1))).rejects.toMatchObject({ code: 'forbidden' });
    const { next_cursor } = await bench.queue.findReceipts({ limit: 1 }, asOwner);
    await expect(bench.queue.findReceipts({ limit: 1, cursor: next_cursor ?? '' }, stranger(2))).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  it.each<[keyof Filter, unknown]>([
    ['merchant', ' '],
    ['merchant', 'a\nb'],
    ['merchant', 'x'.repeat(101)],
    ['item', ''],
    ['item', '\u0000'],
    ['from', '2026-02-30'],
    ['to', '30.04.2026'],
    ['min_total', '1,50'],
    ['max_total', 'NaN'],
    ['currency', '€'],
    ['needs_review', 'yes'],
    ['limit', 0],
  ])('names %s when its value means nothing: %j', async (name, value) => {
    const call = bench.queue.findReceipts({ [name]: value } as Filter, asOwner);
    await expect(call).rejects.toMatchObject({ code: 'invalid_argument', fields: [{ pointer: `/${name}` }] });
  });
});
