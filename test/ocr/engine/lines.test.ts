import { describe, expect, it } from 'vitest';
import { turnBox } from '../../../src/ocr/engine/box.ts';
import { buildLines } from '../../../src/ocr/engine/lines.ts';
import { decode, respace } from '../../../src/ocr/engine/recognise.ts';
import type { Segment } from '../../../src/ocr/page.ts';

function segment(text: string, cx: number, cy: number, height = 30, angle = 0): Segment {
  const width = text.length * 14;
  return { text, confidence: 0.99, box: { cx, cy, width, height, angle }, positions: [] };
}

const textsOf = (segments: readonly Segment[]): string[] => buildLines(segments, 1000, 1000).map((line) => line.text);

describe('lines', () => {
  it('join what stands beside each other, left to right and top to bottom', () => {
    expect(
      textsOf([
        segment('1,19', 800, 102),
        segment('SALAT', 100, 100),
        segment('2,00', 800, 142),
        segment('BROT', 100, 140),
      ]),
    ).toEqual(['SALAT 1,19', 'BROT 2,00']);
  });

  it('follow the tilt of the page', () => {
    const tilt = Math.tan((8 * Math.PI) / 180);
    const row = (y: number, left: string, right: string): Segment[] => [
      segment(left, 200, y, 30, 0.14),
      segment(right, 700, y + 500 * tilt, 30, 0.14),
    ];
    expect(textsOf([...row(100, 'KAROTTENSALAT', '1,19 EUR'), ...row(150, 'APFELSAFT MILD', '1,29 EUR')])).toEqual([
      'KAROTTENSALAT 1,19 EUR',
      'APFELSAFT MILD 1,29 EUR',
    ]);
  });

  it('are not joined by a tall stain between them', () => {
    const stain = segment('rz', 400, 118, 80);
    expect(
      textsOf([
        segment('VODKA', 100, 100),
        segment('ROLLS', 100, 140),
        stain,
        segment('4,99', 800, 98),
        segment('0,25', 800, 138),
      ]),
    ).toContain('ROLLS 0,25');
  });
});

describe('a reading', () => {
  it('folds repeats, drops blanks and keeps doubled letters', () => {
    const characters = ['', 'a', 'b', ' '];
    const steps = [1, 1, 0, 1, 2, 2, 3, 0, 2];
    const output = new Float32Array(steps.flatMap((best) => characters.map((_, i) => (i === best ? 0.9 : 0.03))));
    const { text, confidence } = decode(output, characters);
    expect(text).toBe('aab b');
    expect(confidence).toBeCloseTo(0.9);
  });

  it('gets the wide gaps of a table back as spaces', () => {
    const positions = [1, 2, 3, 4, 9, 10, 11, 12, 13].map((step) => step / 14);
    expect(respace('1,0014,33', positions).text).toBe('1,00 14,33');
  });
});

describe('a turned page', () => {
  it('keeps every box on its print', () => {
    const box = { cx: 100, cy: 40, width: 60, height: 20, angle: 0 };
    const there = turnBox(box, 90, 400, 300);
    expect(there).toMatchObject({ cx: 260, cy: 100, width: 20, height: 60 });
    expect(turnBox(there, 270, 300, 400)).toEqual(box);
    expect(turnBox(turnBox(box, 180, 400, 300), 180, 400, 300)).toEqual(box);
  });
});
