import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createQueueClient } from '../../src/client/index.ts';
import type { ReceiptExport } from '../../src/contract/export.ts';
import { MONEY } from '../../src/contract/money-policy.ts';
import { csvOf } from '../../src/http/csv.ts';
import { runCli } from '../cli/run-cli.ts';
import { makeReceipts } from '../queue/support/money-bench.ts';
import { useHttpQueue } from './support/http-queue.ts';

const http = useHttpQueue();

/** RFC 4180, by hand: what a spreadsheet makes of a file. */
function parsed(text: string, delimiter = ','): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (isQuoted && sign === '"' && text[at + 1] === '"') {
      cell += '"';
      at++;
    } else if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (sign === delimiter || text.startsWith('\r\n', at))) {
      rows.at(-1)?.push(cell);
      cell = '';
      if (sign !== delimiter) {
        at++;
        rows.push([]);
      }
    } else cell += sign;
  }
  if (cell !== '' || isQuoted) throw new Error('the last line has no end');
  return rows.slice(0, -1);
}

async function exported(query: string, delimiter?: string): Promise<string[][]> {
  const response = await http.current.fetch(`/receipts/export?${query}`);
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/csv; charset=utf-8; header=present',
  ]);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  return parsed(bytes.subarray(3).toString('utf8'), delimiter);
}

/** What a shop may be called, and what a cell holds of it. */
const HOSTILE: readonly (readonly [name: string, cell: string])[] = [
  ['=cmd|"/c calc"!A1', `'=cmd|"/c calc"!A1`],
  ['+1+1', `'+1+1`],
  ['-2+3', `'-2+3`],
  ['@SUM(A1)', `'@SUM(A1)`],
  ['\t=1', `'=1`],
  ['\r=1', `'=1`],
  ['\u202e=1', `'=1`],
  ['\u200b@a', `'@a`],
  ['＝1', `'＝1`],
  ['a "quoted", name', 'a "quoted", name'],
  ['two\r\nlines\n=1', 'two lines =1'],
  ['semi;colon', 'semi;colon'],
  ['x'.repeat(250), 'x'.repeat(250)],
  ['Bäckerei “Süß” 🥨', 'Bäckerei “Süß” 🥨'],
];

let ids: number[] = [];
beforeAll(async () => {
  const { db } = http.current;
  ids = await makeReceipts(
    db,
    HOSTILE.map(([merchant], nth) => ({
      user_id: 51,
      merchant,
      day: `2026-01-${31 - nth}`,
      total: nth === 0 ? '-1234.50' : '1.00',
      doubtful: nth === 1,
      items: [[`=${nth}`, '-0.50'] as const, ['Milk', null] as const],
    })),
  );
});

describe('GET /receipts/export', () => {
  it('[M9] is a file that runs nothing in a spreadsheet, whatever a shop is called', async () => {
    const [head, ...rows] = await exported('user_id=51');
    expect(head).toEqual([
      'receipt_id',
      'purchase_date',
      'merchant',
      'total',
      'currency',
      'needs_review',
      'review_reasons',
      'status',
      'added_at',
    ]);
    expect(rows.map(([, , merchant]) => merchant)).toEqual(HOSTILE.map(([, cell]) => cell));
    expect(rows[0]?.slice(0, 6)).toEqual([String(ids[0]), '2026-01-31', HOSTILE[0]?.[1], '-1234.50', 'EUR', 'false']);
    expect(rows[1]?.[5]).toBe('true');
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([9]));
  });

  it('[M9] has a row for each line with items=true, and decimal commas where they are asked for', async () => {
    const [head, ...rows] = await exported('user_id=51&items=true&decimal=comma&from=2026-01-31', ';');
    expect(head?.slice(3, 8)).toEqual(['item', 'quantity', 'unit_price', 'price', 'currency']);
    expect(rows.map((row) => row.slice(2, 8))).toEqual([
      [HOSTILE[0]?.[1], `'=0`, '', '', '-0,50', 'EUR'],
      [HOSTILE[0]?.[1], 'Milk', '', '', '', 'EUR'],
    ]);
  });

  it('cuts a text of 10,000 characters to 1,000, and keeps the cells beside it', () => {
    const item_name = '"=x, '.repeat(2_000);
    const item = { item_name, quantity: null, unit_price: null, total_price: '1.00', currency: 'EUR' };
    const receipt = {
      ...{ receipt_id: 1, user_id: 1, merchant: 'Lidl', purchase_date: '2026-01-31', total_amount: '1.00' },
      ...{ currency: 'EUR', needs_review: false, review_reasons: [], ocr_status: 'completed', items: [item] },
      created_at: '2026-01-31T00:00:00.000Z',
    };
    const file = csvOf([receipt], { items: true, decimal: 'point', isFirst: true });
    const [, row] = parsed(file.replace(/^\ufeff/, ''));
    expect(row).toHaveLength(9);
    expect(row?.[3]).toBe(`${item_name.slice(0, 999)}…`);
    expect(row?.slice(4, 9)).toEqual(['', '', '1.00', 'EUR', 'false']);
  });

  it('takes the filter of the search, and is a file with its head alone where nothing fits', async () => {
    expect(await exported('user_id=51&merchant=semi%20colon')).toHaveLength(2);
    expect(await exported('user_id=51&merchant=nobody')).toHaveLength(1);
  });

  it('names its mistakes as every call does, before any of the file', async () => {
    for (const [query, pointer] of [
      ['decimal=dot', '/decimal'],
      ['from=May', '/from'],
      ['colour=red', '/colour'],
    ] as const) {
      const response = await http.current.fetch(`/receipts/export?${query}`);
      expect([response.status, ((await response.json()) as { errors: unknown }).errors]).toMatchObject([
        422,
        [{ pointer }],
      ]);
    }
  });

  it('goes through pages of any number of receipts, and refuses more than it may hold', async () => {
    const { db } = http.current;
    const many = (user: number, from: number, to: number) =>
      db.query(
        `insert into public.receipts (user_id, image_path, purchase_date, total_amount)
         select $1, 'minio://receipts/many.jpg', date '2020-01-01' + n % 9, 1 from generate_series($2::int, $3::int) n`,
        [user, from, to],
      );
    await many(52, 1, 501);
    const [, ...rows] = await exported('user_id=52');
    expect(new Set(rows.map(([id]) => id)).size).toBe(501);
    for (let from = 0; from <= MONEY.summed; from += 20_000)
      await many(53, from, Math.min(from + 19_999, MONEY.summed));
    const refused = await http.current.fetch('/receipts/export?user_id=53');
    expect(await refused.json()).toMatchObject({ code: 'search_too_broad', hint: expect.stringContaining('Narrow') });
  });

  it('[H5] [H6] comes whole through the client and the command', async () => {
    const client = createQueueClient({ url: http.current.url });
    const read = async (input: ReceiptExport) => {
      const parts: Uint8Array[] = [];
      for await (const part of client.exportReceipts(input)) parts.push(part);
      return Buffer.concat(parts).toString('utf8');
    };
    const whole = await read({ user_id: 51 });
    expect(parsed(whole)).toHaveLength(1 + HOSTILE.length);
    await expect(read({ user_id: 51, from: 'May' })).rejects.toMatchObject({ code: 'invalid_argument' });
    const file = path.join(http.current.imageDir, 'out.csv');
    const command = ['receipt', 'export', '--url', http.current.url, '--user-id', '51'];
    expect(await runCli([...command, '--out', file])).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await readFile(file, 'utf8')).toBe(whole);
    expect(await runCli([...command, '--out', file])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('there already'),
    });
    expect((await runCli([...command, '--merchant', 'semi colon'])).stdout.split('\r\n')).toHaveLength(3);
  });
});
