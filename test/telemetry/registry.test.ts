import { expect, it } from 'vitest';
import { METRICS, type MetricName, metricOf } from '../../src/contract/metrics.ts';
import { createMetricsRegistry } from '../../src/telemetry/registry.ts';

const linesOf = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(name));

it('[P3] a scrape shows every metric of the table with its type, also one that nothing has counted yet', async () => {
  const text = await createMetricsRegistry().read();
  for (const [name, { type }] of Object.entries(METRICS)) expect(text).toContain(`# TYPE ${name} ${type}\n`);
});

it('[P3] [I11] a label never has more values than its row lets it have, whatever is counted', async () => {
  const registry = createMetricsRegistry();
  for (let nth = 0; nth < 500; nth++) {
    registry.add('pantry_mcp_calls_total', { tool: `tool-${nth}`, outcome: 'ok' });
    registry.add('pantry_operations_total', { operation: `made-up-${nth}`, outcome: 'ok' });
  }
  const text = await registry.read();
  expect(linesOf(text, 'pantry_mcp_calls_total{')).toHaveLength(33);
  expect(linesOf(text, 'pantry_mcp_calls_total{tool="other"')).toEqual([
    'pantry_mcp_calls_total{tool="other",outcome="ok"} 468',
  ]);
  expect(linesOf(text, 'pantry_operations_total{')).toEqual([
    'pantry_operations_total{operation="other",outcome="ok"} 500',
  ]);
});

it('[P3] a histogram that the ledger holds is shown with cumulative buckets, their sum and their number', async () => {
  const registry = createMetricsRegistry();
  registry.addSource(() => [{ name: 'pantry_queue_job_wait_seconds', sum: 3.5, counts: [1, 0, 2] }]);
  const lines = linesOf(await registry.read(), 'pantry_queue_job_wait_seconds');
  expect(lines.slice(0, 4)).toEqual([
    'pantry_queue_job_wait_seconds_bucket{le="0.1"} 1',
    'pantry_queue_job_wait_seconds_bucket{le="0.5"} 1',
    'pantry_queue_job_wait_seconds_bucket{le="1"} 3',
    'pantry_queue_job_wait_seconds_bucket{le="2"} 3',
  ]);
  expect(lines.slice(-3)).toEqual([
    'pantry_queue_job_wait_seconds_bucket{le="+Inf"} 3',
    'pantry_queue_job_wait_seconds_sum 3.5',
    'pantry_queue_job_wait_seconds_count 3',
  ]);
});

it('[P3] names follow the rules of Prometheus: unit or total at the end, counters and no others end in _total', () => {
  for (const name of Object.keys(METRICS) as MetricName[]) {
    const { type, labels = {}, help } = metricOf(name);
    expect(name).toMatch(/^(pantry|process|nodejs)_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    for (const label of Object.keys(labels)) expect(label).toMatch(/^(?!le$|job$|instance$)[a-z]+$/);
    expect(help).toMatch(/[^.]\.$/);
  }
});
