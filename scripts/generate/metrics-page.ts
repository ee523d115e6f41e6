import { type LabelValues, METRICS, type MetricName, metricOf } from '../../src/contract/metrics.ts';

/** A list that is longer is what the code says: operations, error codes. */
const MOST_SHOWN = 8;

function shown(label: string, values: LabelValues): string {
  if ('most' in values) return `\`${label}\` (at most ${values.most})`;
  const first = values.slice(0, MOST_SHOWN).map((value) => `\`${value}\``);
  return `\`${label}\`: ${first.join(' ')}${values.length > MOST_SHOWN ? ` … (${values.length})` : ''}`;
}

function rowOf(name: MetricName): string {
  const { type, help, labels = {} } = metricOf(name);
  const of = Object.entries(labels).map(([label, values]) => shown(label, values));
  return `| \`${name}\` | ${type} | ${help} | ${of.join('; ') || '–'} |`;
}

function tableOf(title: string, intro: string, isHere: (name: MetricName) => boolean): string {
  const rows = (Object.keys(METRICS) as MetricName[]).filter(isHere).map(rowOf);
  return [`## ${title}`, '', intro, '', '| metric | type | meaning | labels |', '|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

/** `docs/metrics.md` */
export function metricsPage(): string {
  const isOfQueue = (name: MetricName) => metricOf(name).from === 'ledger';
  return [
    '# Metrics\n',
    'Made from `src/contract/metric-table` by `npm run gen`. How to switch them on and what to look at: [observability.md](observability.md). ' +
      'Labels have closed sets of values or a bound; what is beyond is shown as `other`. None names a job, a user or a tenant.\n',
    tableOf(
      'Of the whole queue',
      'Read from the ledger at a scrape, at most once in 5 s. Every server and worker shows the same numbers, so take `max(…)` over processes, never `sum(…)`: ' +
        '`max by (status, code) (rate(pantry_queue_jobs_ended_total[5m]))`. Counters and histograms count events in the commits that count the history, so ' +
        'each event counts once and none is lost with a process; they begin with the ledger.',
      isOfQueue,
    ),
    tableOf(
      'Of one process',
      'Counted by the process that does it, from its start on: sum these over processes.',
      (name) => !isOfQueue(name),
    ),
  ].join('\n');
}
