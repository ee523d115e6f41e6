import { uncalibrated } from '../../src/ocr/fields/calibrate.ts';
import type { ImageScore } from './image-score.ts';

const FIT = {
  /** Readings of about one raw confidence that are counted together. */
  perStep: 30,
  /** Below this nothing is measured: a doubt keeps a reading there, whatever its numbers say. */
  from: 0.7,
  to: 0.99,
} as const;

interface Step {
  readonly raw: number;
  readonly right: number;
  readonly count: number;
}

/** A rising curve from raw confidence to the share of readings that are right in total, date and merchant. */
export function fitCurve(scores: readonly ImageScore[]): [number, number][] {
  const sure = scores
    .filter(({ confidence }) => confidence >= FIT.from)
    .map((score) => ({ raw: uncalibrated(score.confidence), isRight: isRight(score) }))
    .sort((a, b) => a.raw - b.raw);
  const count = Math.max(1, Math.floor(sure.length / FIT.perStep));
  const steps = Array.from({ length: count }, (_, i): Step => {
    const part = sure.slice(Math.round((sure.length * i) / count), Math.round((sure.length * (i + 1)) / count));
    const raw = part.reduce((sum, reading) => sum + reading.raw, 0) / Math.max(1, part.length);
    return { raw, right: part.filter((reading) => reading.isRight).length, count: part.length };
  });
  const points = rising(steps).map((step): [number, number] => [step.raw, shareOf(step)]);
  const inside = points.filter(([raw]) => raw > FIT.from && raw < FIT.to);
  return [[FIT.from, FIT.from], ...inside, [FIT.to, FIT.to]].map(([raw, share]) => [
    round(raw ?? 0),
    round(share ?? 0),
  ]);
}

function isRight({ total, date, merchant }: ImageScore): boolean {
  return ![total, date, merchant].includes(false);
}

/** One more right and one more wrong than were seen: a few readings prove no certainty. */
function shareOf({ right, count }: Step): number {
  return Math.min(FIT.to - 0.001, (right + 1) / (count + 2));
}

/** Joins neighbours whose shares fall, until all rise. */
function rising(steps: readonly Step[]): Step[] {
  const joined: Step[] = [];
  for (const step of steps) {
    let last = step;
    while (joined.length > 0 && shareOf(joined.at(-1) ?? last) >= shareOf(last)) {
      const before = joined.pop() ?? last;
      const count = before.count + last.count;
      const raw = (before.raw * before.count + last.raw * last.count) / count;
      last = { raw, right: before.right + last.right, count };
    }
    joined.push(last);
  }
  return joined;
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
