import { buildLines } from '../../../src/ocr/engine/lines.ts';
import { type Understanding, understand } from '../../../src/ocr/fields/read-receipt.ts';
import type { Page, Segment } from '../../../src/ocr/page.ts';

const WIDTH = 800;
const ROW_PX = 40;
const LETTER_PX = 12;

/** A page as the engine would hand it over: one line a row, columns set apart by " | ", pieces of one column by " ¦ ". */
export function printed(text: string): Page {
  const rows = text.trim().split('\n');
  const height = (rows.length + 1) * ROW_PX;
  const segments = rows.flatMap((row, i) => segmentsOf(row.trim(), (i + 0.5) * ROW_PX));
  return { lines: buildLines(segments, WIDTH, height), width: WIDTH, height, turnedDegrees: 0, unread: 0 };
}

function segmentsOf(row: string, cy: number): Segment[] {
  let left = 10;
  return row.split(' | ').flatMap((column) => {
    const pieces = column.split(' ¦ ').map((text) => {
      const width = text.length * LETTER_PX;
      const box = { cx: left + width / 2, cy, width, height: 28, angle: 0 };
      left += width + LETTER_PX;
      return pieceOf(text, box);
    });
    left += 40;
    return pieces;
  });
}

function pieceOf(text: string, box: Segment['box']): Segment {
  return { text, confidence: 0.99, box, positions: [...text].map((_, i) => (i + 0.5) / text.length) };
}

/** The day on which pages are understood. */
export const TODAY = '2026-11-24';

export function understood(text: string, unread = 0, country?: string): Understanding {
  return understand({ ...printed(text), unread }, { today: TODAY, country });
}

/** What is wrong in silence about one field: undefined where it is right, null, or in doubt with a reason. */
export function silentFault(
  { extraction: { metadata, validation } }: Understanding,
  field: 'total_amount' | 'purchase_date' | 'currency',
  truth: string,
): string | undefined {
  const read = metadata[field];
  if (read === null || read === truth) return undefined;
  const reasons = validation.errors.length + validation.warnings.length;
  if (metadata.confidence < 0.7 && reasons > 0) return undefined;
  return `${field} ${read}, is ${truth}; confidence ${metadata.confidence}, ${reasons} reasons`;
}

/** The items as short lines: "name quantity unit total". */
export function itemsOf({ extraction }: Understanding): string[] {
  return extraction.items.map(({ item_name, quantity, unit_price, total_price }) =>
    [item_name, ...(quantity === null ? [] : [`${quantity}×${unit_price ?? '?'}`]), total_price].join(' · '),
  );
}
