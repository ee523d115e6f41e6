import { beforeAll, describe, expect, it } from 'vitest';
import { MAX_ANSWER_BYTES } from '../../mcp/answer.ts';
import { makeReceipts } from '../queue/support/money-bench.ts';
import { useGate } from '../support/gate.ts';
import { connectTo, WAYS } from './support/ledger-clients.ts';
import { callerOf, type Shown } from './support/tool-calls.ts';

const bench = useGate();
const { call, follow } = callerOf(bench);
const APRIL = { merchant: 'Lidl', from: '2026-04-01', to: '2026-04-30' };

beforeAll(() =>
  makeReceipts(bench.db, [
    { merchant: 'LIDL', day: '2026-04-03', total: '30.99', doubtful: true },
    { merchant: 'Lidl GmbH', day: '2026-04-07', total: '22.68' },
    { merchant: 'Lidl', day: '2026-04-28', total: '20.00' },
    { merchant: 'Lidl', day: '2026-04-30', total: '20.00' },
    { merchant: 'Lidl', day: '2026-04-15', total: '31.50', currency: 'CHF' },
    { merchant: 'Lidl', day: '2026-05-01', total: '99.00' },
    { merchant: 'Lid1', day: '2026-04-16', total: '9.00' },
    { merchant: 'Lidl', day: null, total: '8.00' },
    {
      merchant: 'dm',
      day: '2026-03-01',
      total: '7.00',
      items: [
        ['Milch', '1.19'],
        ['Brot', '2.00'],
      ],
    },
    { merchant: 'dm', day: '2026-03-02', total: '3.00', items: [['VOLLMILCH 3,5%', '1.09']], doubtful: true },
    { merchant: 'dm', day: '2026-03-03', total: null },
  ]),
);

type Row = { receipt_id: number; merchant?: string; needs_review?: true };
const rowsOf = ({ from_receipt_untrusted: read }: Shown) => (read as { receipts?: Row[] }).receipts ?? [];
const groupsOf = ({ from_receipt_untrusted: read }: Shown) => (read as { groups?: object[] }).groups ?? [];

/** All rows of a list or of groups, by the next calls; each page at most 1 KB. */
async function pagesOf<Row>(args: Record<string, unknown>, of: (shown: Shown) => Row[]): Promise<Row[]> {
  const rows: Row[] = [];
  let shown = await call('find_receipts', args);
  for (let page = 0; page < 100; page++) {
    expect(Buffer.byteLength(JSON.stringify(shown))).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
    expect(shown).not.toHaveProperty('left_out');
    rows.push(...of(shown));
    if (shown.next?.arguments.cursor === undefined) return rows;
    shown = await follow(shown);
  }
  throw new Error('the pages have no end');
}

describe('[M9] what was spent', () => {
  it.each(WAYS)(
    '[M9] at a shop in a month is one call for $kind over $over: sums, doubts, look-alikes',
    async (way) => {
      const client = await connectTo(bench, way);
      const { structured, says } = await client.call('find_receipts', APRIL);
      expect(says).toBe(
        '5 receipts found: 93.67 EUR in 4 (of it 30.99 in 1 doubtful); 31.50 CHF in 1. Not counted: 1 receipt without a known day. Not counted: 1 shop with a name that looks like it (similar_merchants).',
      );
      expect(structured).toMatchObject({
        count: 5,
        sums: [
          { currency: 'EUR', total: '93.67', receipts: 4, certain: '62.68', doubtful: '30.99', doubtful_receipts: 1 },
          { currency: 'CHF', total: '31.50', receipts: 1 },
        ],
      });
      expect(structured.from_receipt_untrusted).toMatchObject({
        receipts: [
          { day: '2026-04-30', total: '20.00' },
          { day: '2026-04-28' },
          { day: '2026-04-15', total: '31.50', currency: 'CHF' },
          { day: '2026-04-07', merchant: 'Lidl GmbH' },
          { day: '2026-04-03', merchant: 'LIDL', total: '30.99', needs_review: true },
        ],
        similar_merchants: [{ merchant: 'Lid1', receipts: 1 }],
      });
      expect(structured).not.toHaveProperty('left_out');
    },
  );

  it('[M9] by shop, month or item comes in groups, and names the call that lists the doubtful ones', async () => {
    const byShop = await call('find_receipts', { sum_by: 'merchant', from: '2026-03-01', to: '2026-03-31' });
    expect(byShop.summary).toContain('3 receipts found: 10.00 EUR in 2 (of it 3.00 in 1 doubtful).');
    expect(byShop.summary).toContain('In no sum: 1 receipt without a known amount.');
    expect(groupsOf(byShop)).toEqual([
      {
        ...{ merchant: 'dm', currency: 'EUR', total: '10.00', receipts: 2 },
        ...{ certain: '7.00', doubtful: '3.00', doubtful_receipts: 1 },
      },
    ]);
    expect(rowsOf(await follow(byShop))).toMatchObject([{ merchant: 'dm', needs_review: true }]);
    expect(groupsOf(await call('find_receipts', { sum_by: 'month', merchant: 'dm' }))).toMatchObject([
      { month: '2026-03', total: '10.00' },
    ]);
    expect(groupsOf(await call('find_receipts', { sum_by: 'item', merchant: 'dm' }))).toMatchObject([
      { item: 'Brot', total: '2.00' },
      { item: 'Milch', total: '1.19' },
      { item: 'VOLLMILCH 3,5%', doubtful: '1.09' },
    ]);
  });

  it('[M9] on an item is the sum of its lines, and says so; by shop it is that of whole receipts', async () => {
    const milk = await call('find_receipts', { item: 'milch' });
    expect(milk.summary).toBe(
      '2 receipts found: 2.28 EUR in 2 (of it 1.09 in 1 doubtful). Sums are of single lines with that word.',
    );
    expect(rowsOf(milk)).toHaveLength(2);
    const byShop = await call('find_receipts', { item: 'milch', sum_by: 'merchant' });
    expect(byShop.summary).toContain('10.00 EUR in 2');
    expect(byShop.summary).toContain('Sums are of whole receipts with that word.');
  });

  it('is nothing at a shop that has no receipt, and the shops that look like it are named all the same', async () => {
    expect(await call('find_receipts', { merchant: 'Lidi' })).toMatchObject({
      summary: expect.stringMatching(/^No shop of that name has a receipt\./),
      from_receipt_untrusted: { similar_merchants: expect.arrayContaining([{ merchant: 'Lid1', receipts: 1 }]) },
    });
    expect((await call('find_receipts', { from: '2019-01-01', to: '2019-01-02' })).summary).toMatch(
      /^0 receipts found\./,
    );
  });
});

describe('[M2] what does not fit into 1 KB', () => {
  it.each([{ limit: 3 }, {}, { limit: 100 }])('is given by the next calls, each receipt once: %j', async (how) => {
    const user = await manyReceipts();
    const rows = await pagesOf({ merchant: user, ...how }, rowsOf);
    expect(new Set(rows.map(({ receipt_id }) => receipt_id)).size).toBe(60);
    expect(rows).toHaveLength(60);
  });

  it('is given by the next calls, each group once, and a cursor of something else is refused', async () => {
    await manyReceipts();
    const groups = await pagesOf({ sum_by: 'month', from: '2020-01-01', to: '2024-12-31' }, groupsOf);
    expect(groups).toHaveLength(60);
    expect(new Set(groups.map((group) => JSON.stringify(group))).size).toBe(60);
    for (const cursor of ['groups-0', 'groups-100', 'groups-x', 'v1.e30.x']) {
      await expect(call('find_receipts', { sum_by: 'month', cursor })).rejects.toMatchObject({
        code: 'invalid_argument',
        fields: [{ pointer: '/cursor' }],
      });
    }
    await expect(call('find_receipts', { cursor: 'groups-8' })).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it.each(['株'.repeat(100), '<'.repeat(100), 'Odd Shop'])(
    'shows a row of %s and the cursor of the next',
    async (name) => {
      await makeReceipts(bench.db, [
        { merchant: name, day: '2026-01-01', total: '1.00', currency: 'ODD CODES!', items: [[name, '1.00']] },
        { merchant: `${name}${name}`, day: '2026-01-02', total: '1.00', items: [[name, '1.00']] },
        { merchant: name, day: '2026-01-03', total: '1.00', doubtful: true, items: [[name, '1.00']] },
      ]);
      for (const args of [{ merchant: name }, { merchant: name, item: name }, { item: name, limit: 1 }]) {
        const shown = await call('find_receipts', args);
        expect(Buffer.byteLength(JSON.stringify(shown))).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
        expect(rowsOf(shown).length).toBeGreaterThan(0);
        expect((shown.left_out as { receipts?: number })?.receipts).toBeUndefined();
        const cursor = shown.next?.arguments.cursor ?? shown.next_cursor;
        const others = cursor === undefined ? [] : rowsOf(await call('find_receipts', { ...args, cursor }));
        expect(rowsOf(shown).length + others.length).toBeGreaterThan(1);
      }
    },
  );
});

let made: Promise<unknown> | undefined;
/** Sixty receipts of one shop, one a month. */
async function manyReceipts(): Promise<string> {
  made ??= makeReceipts(
    bench.db,
    Array.from({ length: 60 }, (_, nth) => ({
      merchant: 'Sixty Times',
      day: `${2020 + Math.floor(nth / 12)}-${String((nth % 12) + 1).padStart(2, '0')}-05`,
      total: `${nth + 1}.00`,
      doubtful: nth % 7 === 0,
    })),
  );
  await made;
  return 'Sixty Times';
}
