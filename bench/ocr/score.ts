import type { LaneResult } from '../../src/ocr/lanes/pool.ts';
import { type CalibrationStep, calibrationOf } from './calibration.ts';
import { causeOf, hasAmount, hasDay, hasName } from './causes.ts';
import { isSameMerchant, labelledAmount, labelledDate, matchItems } from './compare.ts';
import type { ImageScore } from './image-score.ts';
import type { Truth } from './truth.ts';

export function scoreImage(truth: Truth, result: LaneResult | undefined): ImageScore {
  const metadata = result?.extraction.metadata;
  const misses: string[] = [];
  const causes: string[] = [];
  const judge = (
    field: string,
    isRight: boolean,
    read: string | null | undefined,
    known: readonly string[],
    inText: (text: string, known: string) => boolean,
  ): boolean => {
    if (isRight) return true;
    const cause = causeOf(result, read, known, inText);
    misses.push(`${field} ${read ?? 'not found'}, is ${known[0]} (${cause})`);
    causes.push(`${field}: ${cause}`);
    return false;
  };
  const total = labelledAmount(truth.total);
  const dates = truth.dates.map(labelledDate);
  const items = truth.items === undefined ? undefined : itemScore(truth.items, result);
  if (items !== undefined && (items.missing.length > 0 || items.extra.length > 0)) {
    const named = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(' ') || 'none';
    misses.push(
      `items ${items.hits} of ${items.known}, ${items.read} read; not found: ${named(items.missing)}; too many: ${named(items.extra)}`,
    );
  }
  return {
    image: truth.image,
    total:
      total === undefined
        ? undefined
        : judge(
            'total',
            labelledAmount(metadata?.total_amount) === total,
            metadata?.total_amount,
            [truth.total ?? ''],
            hasAmount,
          ),
    date:
      dates.length === 0
        ? undefined
        : judge(
            'date',
            dates.includes(metadata?.purchase_date ?? '-'),
            metadata?.purchase_date,
            dates.flatMap((date) => date ?? []),
            hasDay,
          ),
    merchant:
      truth.merchants.length === 0
        ? undefined
        : judge(
            'merchant',
            truth.merchants.some((name) => isSameMerchant(name, metadata?.merchant_name ?? '')),
            metadata?.merchant_name,
            truth.merchants,
            hasName,
          ),
    items,
    confidence: metadata?.confidence ?? 0,
    misses,
    causes,
    totalMs: result?.cost.totalMs ?? 0,
    networksMs: result?.cost.networksMs ?? 0,
    peakBytes: result?.cost.peakBytes ?? 0,
  };
}

function itemScore(known: NonNullable<Truth['items']>, result: LaneResult | undefined): ImageScore['items'] {
  const read = (result?.extraction.items ?? []).map((item) => ({
    name: item.item_name,
    total: labelledAmount(item.total_price),
  }));
  const wanted = known.map(({ names, total }) => ({ names, total: labelledAmount(total) }));
  return { ...matchItems(wanted, read), known: known.length, read: read.length };
}

/** The figures of one set. Counts are pairs: right, of how many. */
export interface SetSummary {
  readonly images: number;
  readonly total: readonly [number, number];
  readonly date: readonly [number, number];
  readonly merchant: readonly [number, number];
  readonly itemLines: number;
  readonly itemF1: number | null;
  readonly exactNames: number;
  readonly exactNamesFolded: number;
  readonly above85: { readonly images: number; readonly wrongTotals: number };
  readonly calibration: readonly CalibrationStep[];
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Whole time over the time inside the two networks. */
  readonly overhead: number;
  readonly peakMb: number;
}

export function summarise(scores: readonly ImageScore[]): SetSummary {
  const count = (field: 'total' | 'date' | 'merchant'): readonly [number, number] => [
    scores.filter((score) => score[field] === true).length,
    scores.filter((score) => score[field] !== undefined).length,
  ];
  const items = scores.flatMap(({ items }) => (items === undefined ? [] : [items]));
  const sum = (pick: (item: (typeof items)[number]) => number): number =>
    items.reduce((all, item) => all + pick(item), 0);
  const lines = sum(({ known, read }) => known + read);
  const times = scores.map(({ totalMs }) => totalMs).sort((a, b) => a - b);
  const sure = scores.filter(({ confidence }) => confidence > 0.85);
  const networks = scores.reduce((all, { networksMs }) => all + networksMs, 0);
  return {
    images: scores.length,
    total: count('total'),
    date: count('date'),
    merchant: count('merchant'),
    itemLines: sum(({ known }) => known),
    itemF1: lines === 0 ? null : round((2 * sum(({ hits }) => hits)) / lines, 3),
    exactNames: sum(({ exact }) => exact),
    exactNamesFolded: sum(({ exactFolded }) => exactFolded),
    above85: { images: sure.length, wrongTotals: sure.filter(({ total }) => total === false).length },
    calibration: calibrationOf(scores),
    medianMs: Math.round(times[Math.floor(times.length / 2)] ?? 0),
    p95Ms: Math.round(times[Math.floor(times.length * 0.95)] ?? 0),
    overhead: networks === 0 ? 0 : round(times.reduce((all, ms) => all + ms, 0) / networks, 2),
    peakMb: Math.round(Math.max(0, ...scores.map(({ peakBytes }) => peakBytes)) / 1e6),
  };
}

function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
