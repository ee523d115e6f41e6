import { PROCESS_METRICS } from './metric-table/process.ts';
import { QUEUE_METRICS } from './metric-table/queue.ts';
import type { MetricRow } from './metric-table/row.ts';

export { JOB_BUCKETS_S } from './metric-table/queue.ts';
export { type LabelValues, type MetricRow, NO_VALUE } from './metric-table/row.ts';

/** Every metric, by its name. Docs, dashboard and alerts name no other. */
export const METRICS = { ...QUEUE_METRICS, ...PROCESS_METRICS } as const;

export type MetricName = keyof typeof METRICS;

/** The row of a metric, with everything that a row may have. */
export const metricOf = (name: MetricName): MetricRow => METRICS[name];

type Row<N extends MetricName> = (typeof METRICS)[N];
type NamesOf<Type, From> = {
  [N in MetricName]: Row<N> extends { readonly type: Type; readonly from: From } ? N : never;
}[MetricName];

/** Of a metric without labels: `{}`. */
export type LabelsOf<N extends MetricName> =
  Row<N> extends { readonly labels: infer L } ? { readonly [K in keyof L]: string } : Readonly<Record<never, string>>;

export type CountedName = NamesOf<'counter', 'counted'>;
export type ObservedName = NamesOf<'histogram', 'counted'>;

/** Counts what happens in this process. Cheap enough for every call: no statement, no I/O. */
export interface Metrics {
  add<N extends CountedName>(name: N, labels: LabelsOf<N>): void;
  observe<N extends ObservedName>(name: N, labels: LabelsOf<N>, seconds: number): void;
}

/** For programs that nobody scrapes. */
export const NO_METRICS: Metrics = { add() {}, observe() {} };
