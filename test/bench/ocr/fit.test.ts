import { describe, expect, it } from 'vitest';
import { fitCurve } from '../../../bench/ocr/fit.ts';
import type { ImageScore } from '../../../bench/ocr/image-score.ts';
import { calibrated } from '../../../src/ocr/fields/calibrate.ts';

function scoreOf(confidence: number, merchant: boolean): ImageScore {
  const cost = { totalMs: 0, networksMs: 0, peakBytes: 0 };
  return {
    image: '',
    total: true,
    date: undefined,
    merchant,
    items: undefined,
    confidence,
    misses: [],
    causes: [],
    ...cost,
  };
}

describe('the curve of confidence', () => {
  it('[O8] is fitted to what came out right: half of the less sure, all of the surest', () => {
    const lower = Array.from({ length: 60 }, (_, i) => scoreOf(calibrated(0.8), i % 2 === 0));
    const upper = Array.from({ length: 60 }, () => scoreOf(calibrated(0.97), true));
    const points = fitCurve([...upper, ...lower]).slice(1, -1);
    expect(points.map(([raw]) => raw)).toEqual([0.8, 0.97]);
    expect(points.map(([, share]) => share)).toEqual([0.5, expect.closeTo(0.97, 1)]);
  });

  it('[I17] counts readings in doubt in no point', () => {
    expect(fitCurve(Array.from({ length: 90 }, () => scoreOf(0.69, true))).slice(1, -1)).toEqual([]);
  });
});
