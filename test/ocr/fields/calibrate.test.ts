import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrated, uncalibrated } from '../../../src/ocr/fields/calibrate.ts';
import { CONFIDENCE_CURVE } from '../../../src/ocr/fields/tables/confidence-curve.ts';

const confidences = fc.double({ min: 0, max: 0.99, noNaN: true });

describe('the curve of confidence', () => {
  it('[O8] rises, and lifts nothing over the line of review that was below it', () => {
    fc.assert(
      fc.property(confidences, confidences, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(calibrated(low)).toBeLessThanOrEqual(calibrated(high));
        expect(calibrated(low) >= 0.7).toBe(low >= 0.7);
        expect(uncalibrated(calibrated(low))).toBeCloseTo(low, 9);
      }),
    );
    expect(calibrated(0.69)).toBe(0.69);
  });

  it('[O8] is stored as pairs that rise in both numbers', () => {
    for (const [i, [raw, measured]] of CONFIDENCE_CURVE.entries()) {
      const before = CONFIDENCE_CURVE[i - 1] ?? [0, 0];
      expect(raw).toBeGreaterThan(before[0]);
      expect(measured).toBeGreaterThan(before[1]);
    }
  });
});
