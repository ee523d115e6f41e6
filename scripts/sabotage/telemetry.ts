import type { Sabotage } from './row.ts';

const registry = ['test/telemetry/registry.test.ts'];
const readings = ['test/telemetry/ledger-readings.test.ts'];
const traces = ['test/telemetry/traces.test.ts'];

/** That numbers stay bounded and true, and that traces hold together and disturb nobody. */
export const TELEMETRY_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'a label has no value beyond its row',
    promise: 'P3: the number of series is bounded, whatever callers send',
    file: 'src/telemetry/registry.ts',
    find: 'isOneOf(`${name} ${label}`, values, value) ? value : OTHER',
    replace: 'isOneOf(`${name} ${label}`, values, value) ? value : value',
    tests: registry,
  },
  {
    guard: 'scrapes share one read of the ledger for five seconds',
    promise: 'P3: scraping costs the database one statement, no matter who scrapes',
    file: 'src/telemetry/ledger-readings.ts',
    find: 'now() - latest.at >= CACHED_MS',
    replace: 'now() - latest.at >= 0 * CACHED_MS',
    tests: readings,
  },
  {
    guard: 'a ledger that is away shows no number of before',
    promise: 'I15: during a fault metrics say which part is down',
    file: 'src/telemetry/ledger-readings.ts',
    find: "return [{ name: 'pantry_ledger_up', value: 0 }];",
    replace: "return [{ name: 'pantry_ledger_up', value: 1 }];",
    tests: readings,
  },
  {
    guard: 'events are added to the totals that are there',
    promise: 'P3: each event counts once, however many processes count',
    file: 'src/ledger/insight/queue-history.ts',
    find: 'on conflict (kind, code) do update set n = t.n + excluded.n',
    replace: 'on conflict (kind, code) do update set n = t.n * 2',
    tests: readings,
  },
  {
    guard: 'spans wait in a bounded queue of ours',
    promise: 'I11: a collector that is away costs no memory',
    file: 'src/telemetry/span-queue.ts',
    find: 'if (counts.waiting >= MOST_WAITING) {',
    replace: 'if (counts.waiting >= 100 * MOST_WAITING) {',
    tests: traces,
  },
  {
    guard: 'an error is noted by its code',
    promise: 'S6: no text of a receipt stands in traces',
    file: 'src/telemetry/tracing.ts',
    find: 'span.setStatus({ code: SpanStatusCode.ERROR, message: code });',
    replace: 'span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });',
    tests: traces,
  },
];
