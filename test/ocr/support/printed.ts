import { buildLines } from '../../../src/ocr/engine/lines.ts';
import { type Understanding, understand } from '../../../src/ocr/fields/read-receipt.ts';
import type { Page, Segment } from '../../../src/ocr/page.ts';

const WIDTH = 800;
const ROW_PX = 40;
const LETTER_PX = 12;

/** A page as the engine would hand it over: one line a row, columns set apart by " | ". */
function printed(text: string): Page {
  const rows = text.trim().split('\n');
  const height = (rows.length + 1) * ROW_PX;
  const segments = rows.flatMap((row, i) => segmentsOf(row.trim(), (i + 0.5) * ROW_PX));
  return { lines: buildLines(segments, WIDTH, height), width: WIDTH, height, turnedDegrees: 0 };
}

function segmentsOf(row: string, cy: number): Segment[] {
  let left = 10;
  return row.split(' | ').map((text) => {
    const width = text.length * LETTER_PX;
    const box = { cx: left + width / 2, cy, width, height: 28, angle: 0 };
    left += width + 40;
    const positions = [...text].map((_, i) => (i + 0.5) / text.length);
    return { text, confidence: 0.99, box, positions };
  });
}

export function understood(text: string): Understanding {
  return understand(printed(text), '2026-11-24');
}

/** The items as short lines: "name quantity unit total". */
export function itemsOf({ extraction }: Understanding): string[] {
  return extraction.items.map(({ item_name, quantity, unit_price, total_price }) =>
    [item_name, ...(quantity === null ? [] : [`${quantity}×${unit_price ?? '?'}`]), total_price].join(' · '),
  );
}
