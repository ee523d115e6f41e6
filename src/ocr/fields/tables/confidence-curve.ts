/**
 * How often readings of a raw confidence are right in total, date and merchant: measured on the development sets by
 * `npm run bench:ocr -- DIR... --texts FOLDER --fit`, which prints these pairs of raw and measured confidence.
 */
export const CONFIDENCE_CURVE: readonly (readonly [raw: number, measured: number])[] = [
  [0.7, 0.7],
  [0.95, 0.961],
  [0.98, 0.972],
  [0.99, 0.99],
];
