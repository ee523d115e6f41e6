import type { ImageScore } from './image-score.ts';

/** From each of these on a confidence belongs to the next step of the curve. */
const STEPS = [0, 0.5, 0.7, 0.85, 0.95] as const;

/** How often readings of about one confidence are right. */
export interface CalibrationStep {
  readonly from: number;
  readonly images: number;
  readonly meanConfidence: number;
  readonly totalsRight: number;
  /** Total, date and merchant, as far as they are known. */
  readonly allRight: number;
}

/** The curve of confidence against what came out right, steps without a reading left out. */
export function calibrationOf(scores: readonly ImageScore[]): CalibrationStep[] {
  return STEPS.flatMap((from, i) => {
    const below = STEPS[i + 1] ?? Number.POSITIVE_INFINITY;
    const here = scores.filter(({ confidence }) => confidence >= from && confidence < below);
    if (here.length === 0) return [];
    const sum = here.reduce((all, { confidence }) => all + confidence, 0);
    return [
      {
        from,
        images: here.length,
        meanConfidence: Number((sum / here.length).toFixed(2)),
        totalsRight: here.filter(({ total }) => total !== false).length,
        allRight: here.filter(({ total, date, merchant }) => ![total, date, merchant].includes(false)).length,
      },
    ];
  });
}

export function calibrationLines(steps: readonly CalibrationStep[]): string {
  const rows = steps.map(
    ({ from, images, meanConfidence, totalsRight, allRight }) =>
      `    from ${from.toFixed(2)}: ${images} readings, said ${meanConfidence.toFixed(2)}, total right ${share(totalsRight, images)}, total, date and merchant right ${share(allRight, images)}`,
  );
  return ['  confidence against what is right', ...rows].join('\n');
}

function share(right: number, all: number): string {
  return (right / all).toFixed(2);
}
