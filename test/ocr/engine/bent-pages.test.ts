import { describe, expect, it } from 'vitest';
import { buildLines } from '../../../src/ocr/engine/lines.ts';
import type { Segment } from '../../../src/ocr/page.ts';

const [WIDTH, HEIGHT, PITCH] = [900, 1200, 46];
const NAMES = [
  'ESPRESSO DOPPIO',
  'MINERAL WATER',
  'CAESAR SALAD',
  'CLUB SANDWICH',
  'APPLE CAKE',
  'SERVICE',
  'TOTAL DUE',
];

/** How far a photographed line of print stands too low at a point; its slope is the tilt of print there. */
type Bend = (x: number, y: number) => number;

function segmentAt(text: string, cx: number, y: number, bend: Bend): Segment {
  const angle = Math.atan((bend(cx + 5, y) - bend(cx - 5, y)) / 10);
  const box = { cx, cy: y + bend(cx, y), width: text.length * 15, height: 32, angle };
  return { text, confidence: 0.99, box, positions: [] };
}

/** A slip with a head, names at the left and amounts at the right. */
function slip(bend: Bend): Segment[] {
  const head = ['THE CORNER BISTRO ON THE SQUARE', '12 HARBOUR STREET, RIVERTOWN', 'TABLE 7 GUESTS 2 12:45'].map(
    (text, i) => segmentAt(text, WIDTH / 2, 90 + i * PITCH, bend),
  );
  const rows = Array.from({ length: 18 }, (_, i) => {
    const y = 300 + i * PITCH;
    return [
      segmentAt(`${NAMES[i % NAMES.length]} ${i}`, 200, y, bend),
      // The tilt of a short box is not seen.
      { ...segmentAt(`${i + 1}.50`, 760, y, bend), box: { ...segmentAt(`${i + 1}.50`, 760, y, bend).box, angle: 0 } },
    ];
  }).flat();
  return [...head, ...rows];
}

const BENDS: readonly (readonly [string, Bend])[] = [
  ...[-9, -5, 5, 9].map((degrees): [string, Bend] => [
    `tilted by ${degrees}°`,
    (x) => Math.tan((degrees * Math.PI) / 180) * (x - WIDTH / 2),
  ]),
  ...[-7, 7].map((degrees): [string, Bend] => [
    `seen from the side, ${degrees}° at the top and level at the foot`,
    (x, y) => Math.tan((degrees * Math.PI) / 180) * (1 - y / HEIGHT) * (x - WIDTH / 2),
  ]),
  ...[-40, 40].map((pixels): [string, Bend] => [
    `curled by ${pixels} pixels at its edges`,
    (x) => pixels * ((x - WIDTH / 2) / (WIDTH / 2)) ** 2,
  ]),
  ...[-3, 3].map((degrees): [string, Bend] => [
    `folded, ${degrees}° above the fold and level below it`,
    (x, y) => (y < HEIGHT / 2 ? Math.tan((degrees * Math.PI) / 180) * (x - WIDTH / 2) : 0),
  ]),
];

describe('label and amount of a bent page', () => {
  it.each(BENDS)('[O8] stand on one line of a page %s', (_, bend) => {
    const lines = buildLines(slip(bend), WIDTH, HEIGHT).map(({ text }) => text);
    const expected = Array.from({ length: 18 }, (_, i) => `${NAMES[i % NAMES.length]} ${i} ${i + 1}.50`);
    const torn = expected.filter((line) => !lines.includes(line));
    expect(torn).toEqual([]);
  });
});
