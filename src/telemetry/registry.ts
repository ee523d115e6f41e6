import { Counter, Histogram, type Metric, Registry } from 'prom-client';
import { type LabelValues, METRICS, type MetricName, type Metrics, metricOf } from '../contract/metrics.ts';

type Labels = Readonly<Record<string, string>>;

/** A number that is read at a scrape. */
export interface Reading {
  readonly name: MetricName;
  readonly labels?: Labels;
  readonly value: number;
}

/** A histogram that is read at a scrape: how many were below each of its bounds, and beyond the last. */
export interface ReadHistogram {
  readonly name: MetricName;
  readonly labels?: Labels;
  readonly sum: number;
  /** One more than the metric has bounds; those that are missing are 0. */
  readonly counts: readonly number[];
}

export type Readings = readonly (Reading | ReadHistogram)[];

/** Asked at every scrape; it must answer, whatever is away. */
export type ReadingSource = () => Readings | Promise<Readings>;

export interface MetricsRegistry extends Metrics {
  readonly contentType: string;
  addSource(source: ReadingSource): void;
  /** Every metric of the table, as Prometheus reads it. */
  read(): Promise<string>;
}

/** What Prometheus is told in place of a value that a label may not have. */
const OTHER = 'other';

/** A registry of our own: what a library counts in the global one is not shown. */
export function createMetricsRegistry(): MetricsRegistry {
  const registry = new Registry();
  const sources: ReadingSource[] = [];
  const bounded = createLabelBound();
  const counters = new Map<MetricName, Counter>();
  const histograms = new Map<MetricName, Histogram>();
  let read = new Map<MetricName, Readings>();

  for (const name of Object.keys(METRICS) as MetricName[]) {
    const { type, from, help, labels = {}, buckets = [] } = metricOf(name);
    const of = { name, help, labelNames: Object.keys(labels), registers: [registry] };
    if (from !== 'counted') registry.registerMetric(scraped(name, () => read.get(name) ?? []));
    else if (type === 'histogram') histograms.set(name, new Histogram({ ...of, buckets: [...buckets] }));
    else counters.set(name, new Counter(of));
  }

  return {
    contentType: registry.contentType,
    add: (name, labels) => counters.get(name)?.inc(bounded(name, labels)),
    observe: (name, labels, seconds) => histograms.get(name)?.observe(bounded(name, labels), seconds),
    addSource(source) {
      sources.push(source);
    },
    async read() {
      const all = (await Promise.all(sources.map((source) => source()))).flat();
      const latest = new Map<MetricName, (Reading | ReadHistogram)[]>();
      for (const reading of all) {
        const same = latest.get(reading.name) ?? [];
        latest.set(reading.name, same);
        same.push({ ...reading, labels: bounded(reading.name, reading.labels ?? {}) });
      }
      read = latest;
      return registry.metrics();
    },
  };
}

/** A label never has more values than its row of the table lets it have. */
function createLabelBound() {
  const seen = new Map<string, Set<string>>();

  function isOneOf(key: string, values: LabelValues, value: string): boolean {
    if (!('most' in values)) return values.includes(value);
    const known = seen.get(key) ?? new Set();
    seen.set(key, known);
    if (known.size < values.most) known.add(value);
    return known.has(value);
  }

  return (name: MetricName, labels: Labels): Labels => {
    const rows = metricOf(name).labels ?? {};
    return Object.fromEntries(
      Object.entries(rows).map(([label, values]) => {
        const value = labels[label] ?? OTHER;
        return [label, isOneOf(`${name} ${label}`, values, value) ? value : OTHER];
      }),
    );
  };
}

/** The library has no metric whose value somebody else holds; it asks one only for what `get` gives. */
function scraped(name: MetricName, readings: () => Readings): Metric {
  const { type, help } = metricOf(name);
  const get = async () => ({ name, help, type, aggregator: 'first', values: readings().flatMap(valuesOf) });
  return { name, help, type, get } as unknown as Metric;
}

function valuesOf(reading: Reading | ReadHistogram): { labels: Labels; value: number; metricName?: string }[] {
  const { name, labels = {} } = reading;
  if ('value' in reading) return [{ labels, value: reading.value }];
  const { buckets = [] } = metricOf(name);
  let below = 0;
  const values = [...buckets, '+Inf'].map((bound, nth) => {
    below += reading.counts[nth] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bound) }, value: below };
  });
  return [
    ...values,
    { metricName: `${name}_sum`, labels, value: reading.sum },
    { metricName: `${name}_count`, labels, value: below },
  ];
}
