import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../../src/ocr/engine/detect.ts';
import { workingSide } from '../../../src/ocr/image/decode.ts';
import { IMAGE_LIMITS } from '../../../src/ocr/image/limits.ts';
import { understood } from '../support/printed.ts';

const sides = fc.integer({ min: 16, max: 20_000 });

describe('a long slip', () => {
  it('is looked at in pieces that cover it, each place counted in exactly one of them', () => {
    fc.assert(
      fc.property(sides, sides, fc.double({ min: 0, max: 0.999, noNaN: true }), (width, height, share) => {
        const pieces = piecesOf(width, height);
        const long = Math.max(width, height);
        const at = share * long;
        expect(pieces.filter(({ from, to }) => at >= from && at < to)).toHaveLength(1);
        for (const { x, y, width: w, height: h, from, to } of pieces) {
          const [start, end] = height >= width ? [y, y + h] : [x, x + w];
          expect(start).toBeLessThanOrEqual(Math.max(0, from));
          expect(end).toBeGreaterThanOrEqual(Math.min(long, to));
          expect(end).toBeLessThanOrEqual(long);
          expect(Math.max(w, h)).toBeLessThan(Math.min(width, height) * 6 + 6);
        }
      }),
    );
  });

  it('keeps a width that can be read, within the pixels that are worked on', () => {
    fc.assert(
      fc.property(sides, sides, (width, height) => {
        const [long, short] = [Math.max(width, height), Math.min(width, height)];
        const side = workingSide(width, height);
        expect(side).toBeLessThanOrEqual(long);
        expect(side * ((short * side) / long)).toBeLessThan(IMAGE_LIMITS.workingPixels * 1.01);
        if (long <= IMAGE_LIMITS.workingSidePx) expect(side).toBe(long);
      }),
    );
    expect(workingSide(1_000, 12_000)).toBe(12_000);
    expect(workingSide(3_000, 12_000)).toBe(6_400);
    expect(workingSide(2_480, 3_508)).toBe(IMAGE_LIMITS.workingSidePx);
  });

  it('[I17] says how much of it was left unread, and is then in doubt', () => {
    const text = 'Corner Shop\nTea pot | 12.99\nTOTAL EUR | 12.99\nDate 2026-03-14 10:00';
    expect(understood(text).extraction.validation.errors).toEqual([]);
    const { metadata, validation } = understood(text, 120).extraction;
    expect(validation.errors).toContain('120 pieces of print were left unread: the page holds too many.');
    expect(metadata.confidence).toBeLessThan(0.7);
  });

  it('[I17] gives no more items than the contract takes, and says so', () => {
    const items = Array.from({ length: 1_001 }, (_, i) => `Tea pot ${'xyz'[i % 3]} | 1.00`).join('\n');
    const { items: given, validation } = understood(
      `Corner Shop\n${items}\nTOTAL EUR | 1001.00\nDate 2026-03-14`,
    ).extraction;
    expect(given).toHaveLength(1_000);
    expect(validation.errors).toContain('1001 items were found; the first 1000 are given.');
  });
});
