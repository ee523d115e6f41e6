import { type LabelValues, METRICS, type MetricName, metricOf } from '../../src/contract/metrics.ts';

const FUNCTIONS = new Set([
  'max',
  'min',
  'sum',
  'count',
  'rate',
  'increase',
  'histogram_quantile',
  'time',
  'and',
  'or',
]);
/** What Prometheus adds to every sample, and its own metric. */
const ADDED = ['job', 'instance'];
const GROUPING = /\b(?:by|on)\s*\(([^)]*)\)/g;
const SELECTOR = /([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:\{([^}]*)\})?/g;
const MATCHER = /^\s*([a-z]+)\s*(=~|!=|!~|=)\s*"([^"]*)"\s*$/;

/** The samples of scrapes: each metric with the labels that it was seen with. */
export function labelsSeen(text: string): Map<string, Set<string>> {
  const seen = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [, name, labels = ''] = /^([a-z_]+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    const known = seen.get(name) ?? new Set();
    seen.set(name, known);
    for (const [, label = ''] of labels.matchAll(/([a-z]+)="/g)) known.add(label);
  }
  return seen;
}

const isAllowed = (values: LabelValues | undefined, value: string) =>
  values === undefined || 'most' in values || values.includes(value);

/**
 * What of a query would never find anything: metrics that are not shown, labels that they do not have, values that these
 * cannot have.
 */
export function mistakesIn(query: string, seen: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const grouped = [...query.matchAll(GROUPING)].flatMap(([, labels = '']) =>
    labels.split(',').map((label) => label.trim()),
  );
  const bare = query.replace(GROUPING, '').replace(/\[\d+[smhd]\]/g, '');
  const mistakes: string[] = [];
  for (const [, word = '', matchers = ''] of bare.matchAll(SELECTOR)) {
    if (FUNCTIONS.has(word)) continue;
    const name = word.replace(/_(bucket|count|sum)$/, '');
    if (word !== 'up' && !Object.hasOwn(METRICS, name)) mistakes.push(`there is no metric ${word}`);
    else if (word !== 'up' && !seen.has(word)) mistakes.push(`${word} is not shown`);
    else mistakes.push(...labelMistakes(word, name, matchers, grouped, seen));
  }
  return mistakes;
}

function labelMistakes(
  word: string,
  name: string,
  matchers: string,
  grouped: readonly string[],
  seen: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  const has = (label: string) => ADDED.includes(label) || seen.get(word)?.has(label) === true;
  const rows = word === 'up' ? {} : (metricOf(name as MetricName).labels ?? {});
  const selected = matchers === '' ? [] : matchers.split(/,(?=\s*[a-z]+\s*[=!])/);
  return [
    ...grouped.filter((label) => label !== '' && !has(label)).map((label) => `${word} has no label ${label}`),
    ...selected.flatMap((matcher) => {
      const [, label = '', operator = '', value = ''] = MATCHER.exec(matcher) ?? [];
      if (!has(label)) return [`${word} has no label ${label || matcher}`];
      const values = operator.includes('~') ? value.split('|') : [value];
      return values
        .filter((each) => !isAllowed(rows[label], each))
        .map((each) => `${label} of ${word} is never ${each}`);
    }),
  ];
}
