import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterTagOf, createCursors } from '../../src/feed/cursor.ts';

const LEDGER = '6b0c9f0e-0a3f-4a59-9a52-0d1d3f7a1c11';
const cursors = createCursors(LEDGER);
const position = fc.record({
  epoch: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  xid: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  id: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});
const cluster = fc.option(fc.string());
const refusal = expect.objectContaining({ code: 'invalid_argument', fields: [expect.anything()] });
const refused = (text: string) => {
  let thrown: unknown;
  try {
    cursors.read(text);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toEqual(refusal);
};

describe('a cursor', () => {
  it('is read as it was written, whatever its numbers', () => {
    fc.assert(
      fc.property(position, cluster, (at, where) => {
        const text = cursors.write(at, where);
        expect(text).toMatch(/^[A-Za-z0-9_-]{44}$/);
        expect(cursors.read(text)).toEqual({ position: at, clusterTag: clusterTagOf(where) });
      }),
    );
  });

  it('is refused when any character of it was changed', () => {
    fc.assert(
      fc.property(position, fc.nat(43), fc.constantFrom(...'AZaz09-_'), (at, nth, other) => {
        const text = cursors.write(at, 'c');
        fc.pre(text[nth] !== other);
        refused(`${text.slice(0, nth)}${other}${text.slice(nth + 1)}`);
      }),
    );
  });

  it('of another ledger is refused', () => {
    const foreign = createCursors('6b0c9f0e-0a3f-4a59-9a52-0d1d3f7a1c12');
    fc.assert(fc.property(position, cluster, (at, where) => refused(foreign.write(at, where))));
  });

  it('is refused when it is any other text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), refused));
    const text = cursors.write({ epoch: 1, xid: 7n, id: 3 }, null);
    for (const odd of [
      '',
      ' ',
      text.slice(1),
      `${text}A`,
      `${text}=`,
      ` ${text}`,
      text.toLowerCase(),
      'A'.repeat(44),
    ]) {
      refused(odd);
    }
  });
});
