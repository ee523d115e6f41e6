import { invalidArgument } from '../contract/check-input.ts';
import { type HistoryBucket, type HistoryStep, STEPS } from '../contract/operations/queue-history.ts';
import { HISTORY } from '../contract/policies.ts';
import { type HistoryRow, readBuckets } from '../ledger/insight/queue-history.ts';
import type { Handlers } from './pipeline.ts';

export const queueHistory: Handlers['queueHistory'] = async ({ from, to, step }, { db, tenant, userId }) => {
  const nowMs = Date.now();
  const toMs = to === undefined ? nowMs : Date.parse(to);
  const fromMs = from === undefined ? toMs - HISTORY.usualS * 1000 : Date.parse(from);
  if (fromMs >= toMs) throw invalidArgument('from', 'too_big', 'from must lie before to.');
  const span = spanOf(fromMs, toMs, step);
  const rows = await readBuckets(db, { tenant, userId: userId ?? 0 }, span);
  const { stepS, fromS } = span;
  const keptS = HISTORY.kept.find((kept) => kept.stepS === fromS)?.forS ?? 0;
  return {
    from: span.from.toISOString(),
    to: span.to.toISOString(),
    step_s: stepS,
    kept_from: new Date(nowMs - keptS * 1000).toISOString(),
    buckets: bucketsOf(rows, span),
  };
};

interface Span {
  readonly from: Date;
  readonly to: Date;
  readonly stepS: number;
  readonly fromS: number;
}

/** Whole buckets that hold the time asked for. */
function alignedTo(name: HistoryStep, fromMs: number, toMs: number): Span & { readonly count: number } {
  const { stepS, fromS } = HISTORY.steps[name];
  const [first, end] = [Math.floor(fromMs / stepS / 1000), Math.ceil(toMs / stepS / 1000)];
  const at = (place: number) => new Date(place * stepS * 1000);
  return { from: at(first), to: at(end), stepS, fromS, count: end - first };
}

/** @throws AppError invalid_argument where that would be too many buckets */
function spanOf(fromMs: number, toMs: number, asked: HistoryStep | undefined): Span {
  const within = (most: number) => STEPS.find((name) => alignedTo(name, fromMs, toMs).count <= most);
  const name = asked ?? within(HISTORY.usualBuckets) ?? within(HISTORY.mostBuckets);
  const span = name && alignedTo(name, fromMs, toMs);
  if (span && span.count <= HISTORY.mostBuckets) return span;
  const smallest = within(HISTORY.mostBuckets);
  const advice = smallest ? `use step ${smallest} or a shorter time` : 'ask for a shorter time';
  throw invalidArgument('step', 'too_small', `That is more than ${HISTORY.mostBuckets} buckets: ${advice}.`);
}

function bucketsOf(rows: readonly HistoryRow[], { from, to, stepS }: Span): HistoryBucket[] {
  const byTime = new Map(rows.map((row) => [row.at.getTime(), row]));
  const buckets: HistoryBucket[] = [];
  for (let at = from.getTime(); at < to.getTime(); at += stepS * 1000) {
    const row = byTime.get(at);
    const waits = Object.entries(row?.waits ?? {}).map(([place, n]) => ({ place: Number(place), n }));
    buckets.push({
      at: new Date(at).toISOString(),
      accepted: row?.accepted ?? 0,
      started: waits.reduce((sum, { n }) => sum + n, 0),
      finished: row?.finished ?? 0,
      failed: row?.failed ?? 0,
      canceled: row?.canceled ?? 0,
      wait_p50_s: waitAt(0.5, waits),
      wait_p95_s: waitAt(0.95, waits),
    });
  }
  return buckets;
}

/** The bound below which that part of them had waited; null where none was counted. */
function waitAt(part: number, waits: readonly { place: number; n: number }[]): number | null {
  const ordered = [...waits].sort((left, right) => left.place - right.place);
  const wanted = part * ordered.reduce((sum, { n }) => sum + n, 0);
  let seen = 0;
  for (const { place, n } of ordered) {
    seen += n;
    if (seen >= wanted) return (HISTORY.waitBoundsMs[place] ?? HISTORY.waitBoundsMs.at(-1) ?? 0) / 1000;
  }
  return null;
}
