import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OperationKey, operations } from '../../src/contract/operations.ts';
import type { OutputOf } from '../../src/contract/queue-api.ts';
import { textOf } from '../../src/words/answers.ts';
import { table } from '../../src/words/table.ts';
import { PAGES } from './support/pages.ts';

const WIDTH = 80;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** At least: what is wide takes two. */
const widthOf = (line: string) => [...graphemes.segment(line)].length;

describe('a table', () => {
  it('[H6] holds each row in one line of at most 80 characters, whatever its cells hold', () => {
    const cell = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.constant('x'.repeat(300)),
    );
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 6 }), { maxLength: 10 }), (rows) => {
        const lines = table(rows);
        expect(lines).toHaveLength(rows.length);
        for (const line of lines) {
          expect(widthOf(line)).toBeLessThanOrEqual(WIDTH);
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\n]/u);
        }
      }),
    );
  });

  it('[H6] stands in columns, and cuts the widest where there is no room', () => {
    expect(
      table([
        ['id', 'name', 'n'],
        ['1', 'Contoso', '12'],
        ['1000', '', '3'],
      ]),
    ).toEqual(['id    name     n', '1     Contoso  12', '1000           3']);
    const [cut] = table([['ocr-17', 'x'.repeat(100), 'failed']]);
    expect(cut).toBe(`ocr-17  ${'x'.repeat(63)}…  failed`);
  });
});

describe('a list on the command line', () => {
  const lists = (Object.keys(operations) as OperationKey[]).filter((key) =>
    Object.hasOwn(operations[key].output.shape, 'next_cursor'),
  );

  it.each(lists)('[H6] fits a terminal of 80 columns: %s', (key) => {
    const page = PAGES[key];
    if (page === undefined) throw new Error(`${key} has no page here`);
    const lines = textOf(key, page as OutputOf<typeof key>);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((line) => widthOf(line) > WIDTH)).toEqual([]);
  });
});
