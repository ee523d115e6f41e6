import { describe, expect, it } from 'vitest';
import { durationText } from '../../src/words/duration.ts';
import { bar } from '../../src/words/progress.ts';
import { table } from '../../src/words/table.ts';
import { cutToWidth, padToWidth, widthOf } from '../../src/words/width.ts';

describe('[H6] a table', () => {
  const id = 'batch-7901bb34-9d2c-4a8e-8f01-3b7a52c1e6d4';

  it.each([
    ['long cells', ['a'.repeat(200), 'b'.repeat(200), 'c'.repeat(200)]],
    ['ideographs', ['ocr-17', '株式会社ローソン'.repeat(20), '東京都'.repeat(20)]],
    ['pictures', ['ocr-17', '🧾🛒'.repeat(60), 'e\u0301'.repeat(90)]],
    ['twelve columns', Array.from({ length: 12 }, (_, at) => `${at}`.repeat(30))],
  ])('is at most 80 columns wide with %s, and its columns stand below each other', (_what, row) => {
    const rows = [row.map((_, at) => `head ${at}`), row, row.map(() => 'x')];
    const lines = table(rows);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80);
  });

  it('keeps an id whole, which a next command is given, as long as the others can give way', () => {
    const [, row = ''] = table([
      ['batch', 'state', 'what it is for'],
      [id, 'running', '株式会社ローソン 渋谷神南一丁目店 '.repeat(5)],
    ]);
    expect(row.startsWith(`${id}  running  `)).toBe(true);
    expect(row.endsWith('…')).toBe(true);
  });

  it('keeps an id whole beside columns that are narrower and together too wide', () => {
    const cells = ['a', 'b', 'c'].map((letter) => letter.repeat(30));
    const [, row = ''] = table([
      ['batch', 'a', 'b', 'c'],
      [id, ...cells],
    ]);
    expect(row.startsWith(`${id}  a`)).toBe(true);
    expect(widthOf(row)).toBeLessThanOrEqual(80);
  });

  it('counts what a terminal shows: two columns for an ideograph, none for a mark', () => {
    expect(['abc', '日本', '🧾', 'e\u0301', 'ﾊﾝ', 'Ｆ'].map(widthOf)).toEqual([3, 4, 2, 1, 2, 2]);
    expect(cutToWidth('日本語', 5)).toBe('日本…');
    expect(cutToWidth('日本語', 4)).toBe('日…');
    expect(padToWidth('日本', 6)).toBe('日本  ');
  });
});

it('[H6] a bar is as full as what is done, and a time has its two largest units', () => {
  expect(bar(0, 4, 8)).toBe('░░░░░░░░');
  expect(bar(1, 4, 8)).toBe('██░░░░░░');
  expect(bar(9, 4, 8)).toBe('████████');
  expect(bar(0, 0, 4)).toBe('░░░░');
  expect([5, 60, 200, 7_500, 90_000].map(durationText)).toEqual(['5 s', '1 min', '3 min 20 s', '2 h 5 min', '1 d 1 h']);
});
