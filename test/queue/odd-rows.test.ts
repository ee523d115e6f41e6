import { beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../src/contract/operations.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { ALL, partOf, SEED } from '../support/sample.ts';

const bench = useGate();

/** What a column of each kind may hold once another program has written it. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  number: ['NaN', 'Infinity', '-Infinity', '1e300', '-1e300', '1e-300', '12.989999999999999', '-5', '0'],
  day: ['infinity', '-infinity', '0044-03-15 BC', '0001-01-01', '9999-12-31', '12345-01-01', '290000-12-31'],
  time: ['infinity', '-infinity', '0044-03-15 BC', '0001-01-01', '9999-12-31', '12345-06-07', '290000-12-31'],
  text: ['', ' ', 'dollars', '\u0001\u001b[31m', '\u202eevil', '€', 'x'.repeat(20_000)],
};
const COLUMNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  receipts: {
    total_amount: 'number',
    extraction_confidence: 'number',
    purchase_date: 'day',
    parsed_at: 'time',
    created_at: 'time',
    updated_at: 'time',
    merchant_name: 'text',
    currency: 'text',
    status: 'text',
    ocr_status: 'text',
    extraction_errors: 'text',
    ocr_text: 'text',
  },
  receipt_items: {
    quantity: 'number',
    unit_price: 'number',
    total_price: 'number',
    confidence: 'number',
    item_name: 'text',
    currency: 'text',
  },
};
/** Types of an installation's own, for each kind. */
const SCHEMAS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'exact types': { number: 'numeric', day: 'date', time: 'timestamptz', text: 'text' },
  'types of an ORM': { number: 'double precision', day: 'timestamp', time: 'timestamp', text: 'varchar' },
};

/** Columns of these types, none of which must have a value. */
async function useSchema(types: Readonly<Record<string, string>>): Promise<void> {
  const changes = Object.entries(COLUMNS).map(([table, columns]) => {
    const each = Object.entries(columns).flatMap(([column, kind]) => [
      `alter ${column} drop not null`,
      `alter ${column} type ${types[kind]}`,
    ]);
    return `alter table public.${table} ${each.join(', ')}`;
  });
  await bench.db.transaction((tx) => tx.execute(changes.join('; ')));
}

const OPERATIONS = {
  getReceipt: (id: number) => ({ receipt_id: id }),
  listReceipts: (_id: number, user: number) => ({ user_id: user }),
  findReceipts: (_id: number, user: number) => ({ user_id: user, with_items: true }),
  enqueueOcr: (id: number, user: number) => ({ receipt_id: id, user_id: user }),
  getJobStatus: (id: number) => ({ job_id: `ocr-${id}` }),
  explainJob: (id: number) => ({ job_id: `ocr-${id}` }),
  updateReceipt: (id: number) => ({ receipt_id: id, merchant_name: 'New' }),
} as const;

/** Calls every operation that shows the receipt. @returns what went wrong */
async function shownEverywhere(id: number, user: number): Promise<string[]> {
  const wrong: string[] = [];
  const call = async (key: keyof typeof operations, input: unknown) => {
    try {
      const answer = await (bench.queue[key as 'getReceipt'] as (...args: unknown[]) => Promise<unknown>)(
        input,
        asOwner,
      );
      const { error } = operations[key].output.safeParse(answer);
      if (error) wrong.push(`${key} ${JSON.stringify(input)}: ${error.message}`);
      const said = JSON.stringify(answer);
      for (const [, day = ''] of said.matchAll(/"purchase_date":"([^"]+)"/g)) {
        // Of the days that were before our era nobody may read another one.
        if (!/^\d{4}-\d\d-\d\d$/.test(day) || day.startsWith('0044')) wrong.push(`${key}: the day ${day}`);
      }
      return said;
    } catch (error) {
      wrong.push(`${key} ${JSON.stringify(input)}: ${String(error)}`);
      return '';
    }
  };
  for (const [key, inputOf] of Object.entries(OPERATIONS)) {
    const answer = await call(key as keyof typeof operations, inputOf(id, user));
    if (!answer.includes(String(id))) wrong.push(`${key} does not show receipt ${id}`);
  }
  for (const sum_by of ['merchant', 'item', 'month', 'currency']) {
    await call('summarizeReceipts', { user_id: user, sum_by });
  }
  return wrong;
}

describe.each(Object.entries(SCHEMAS))(`[I8] [P9] a receipt of a table with %s (seed ${SEED})`, (name, types) => {
  beforeAll(() => useSchema(types));
  const cases = Object.entries(COLUMNS).flatMap(([table, columns]) =>
    Object.entries(columns).flatMap(([column, kind]) =>
      [null, ...(VALUES[kind] ?? [])].map((value) => ({ table, column, value })),
    ),
  );

  it('is shown by every operation, whatever a column of it or of its lines holds', { timeout: 180_000 }, async () => {
    const drawn = partOf(cases, SEED, ALL);
    // A user a receipt, so that each lists its own.
    let user = name === 'exact types' ? 10_000 : 20_000;
    const wrong: string[] = [];
    for (const { table, column, value } of drawn) {
      const [id = 0] = await addReceipts(bench.db, 1, ++user);
      await bench.db.query(
        `insert into public.receipt_items (receipt_id, item_name, quantity, total_price) values ($1, 'bread', 1, 5)`,
        [id],
      );
      const key = table === 'receipts' ? 'id' : 'receipt_id';
      const set = await bench.db.query(
        `update public.${table} set ${column} = $2 where ${key} = $1 returning 1 as one`,
        [id, value],
      );
      expect(set).toHaveLength(1);
      wrong.push(
        ...(await shownEverywhere(id, user)).map(
          (what) => `${table}.${column} = ${String(value).slice(0, 30)}: ${what}`,
        ),
      );
    }
    expect(wrong).toEqual([]);
  });
});
