import type { LaneCost } from '../lanes/messages.ts';
import type { PoolState } from '../lanes/pool.ts';

const BUCKETS_S = [0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 20] as const;

export interface Metrics {
  answered(code: string): void;
  read(cost: LaneCost): void;
  /** Prometheus text. */
  render(state: PoolState): string;
}

/** Counts answers and reading times. No label carries anything of a receipt. */
export function createMetrics(): Metrics {
  const answers = new Map<string, number>();
  const buckets = new Map<number, number>(BUCKETS_S.map((limit) => [limit, 0]));
  let readings = 0;
  let readingSeconds = 0;
  let networkSeconds = 0;
  return {
    answered: (code) => answers.set(code, (answers.get(code) ?? 0) + 1),
    read(cost) {
      const seconds = cost.totalMs / 1000;
      readings++;
      readingSeconds += seconds;
      networkSeconds += cost.networksMs / 1000;
      for (const limit of BUCKETS_S) if (seconds <= limit) buckets.set(limit, (buckets.get(limit) ?? 0) + 1);
    },
    render(state) {
      const lines = [
        '# TYPE ocr_answers_total counter',
        ...[...answers].map(([code, count]) => `ocr_answers_total{code="${code}"} ${count}`),
        '# TYPE ocr_reading_seconds histogram',
        ...[...buckets].map(([limit, count]) => `ocr_reading_seconds_bucket{le="${limit}"} ${count}`),
        `ocr_reading_seconds_bucket{le="+Inf"} ${readings}`,
        `ocr_reading_seconds_sum ${readingSeconds.toFixed(3)}`,
        `ocr_reading_seconds_count ${readings}`,
        ...gauge('ocr_network_seconds_total', 'counter', networkSeconds.toFixed(3)),
        ...gauge('ocr_lanes_ready', 'gauge', state.lanesReady),
        ...gauge('ocr_lanes', 'gauge', state.lanes),
        ...gauge('ocr_lanes_replaced_total', 'counter', state.replaced),
        ...gauge('ocr_running', 'gauge', state.running),
        ...gauge('ocr_waiting', 'gauge', state.waiting),
        ...gauge('ocr_largest_lane_bytes', 'gauge', state.largestLaneBytes),
      ];
      return `${lines.join('\n')}\n`;
    },
  };
}

function gauge(name: string, type: 'gauge' | 'counter', value: number | string): string[] {
  return [`# TYPE ${name} ${type}`, `${name} ${value}`];
}
