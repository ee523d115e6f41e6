import { afterEach, expect, it } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import type { LogEvent } from '../../src/contract/log-events.ts';
import { readTraceparent } from '../../src/contract/tracing.ts';
import { openTraces } from '../../src/telemetry/otlp.ts';
import type { SpanCounts } from '../../src/telemetry/span-queue.ts';
import { silent } from '../support/log.ts';
import { type Collector, startCollector } from '../support/otlp.ts';

let collector: Collector | undefined;
afterEach(() => collector?.close());

function open(endpoint: string) {
  const spans: SpanCounts = { waiting: 0, dropped: 0 };
  const logged: LogEvent[] = [];
  const log = { ...silent, warn: (_fields: object, event: LogEvent) => void logged.push(event) };
  const of = { endpoint, headers: {}, serviceName: 'test', process: 'test', version: '0.0.0' };
  return { ...openTraces({ ...of, spans, log: () => log }), spans, logged };
}

it('[P3] a span lies in the one around it, or in that of the caller; nonsense of a caller begins a trace of its own', async () => {
  collector = await startCollector();
  const { tracing, close } = open(collector.url);
  const asked = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const outer = await tracing.span('outer', { parent: readTraceparent(asked) }, async (span) => {
    await Promise.all([tracing.span('one', {}, async () => {}), tracing.span('two', {}, async () => {})]);
    return span.traceparent;
  });
  for (const nonsense of ['', 'x', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, `${asked}0`, 7, null]) {
    expect(readTraceparent(nonsense)).toBeUndefined();
  }
  await tracing.span('alone', { parent: 'nonsense' }, async () => {});
  await close();
  const [one, two, first, alone] = collector.spans;
  expect(first).toMatchObject({ name: 'outer', traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16) });
  expect(outer).toBe(`00-${first?.traceId}-${first?.spanId}-01`);
  for (const inner of [one, two]) expect(inner).toMatchObject({ traceId: first?.traceId, parentSpanId: first?.spanId });
  expect(alone?.parentSpanId).toBeUndefined();
  expect(tracing.current()).toBeUndefined();
});

it('[P3] [S6] an error is noted by its code, never by its message, and thrown on', async () => {
  collector = await startCollector();
  const { tracing, close } = open(collector.url);
  const failed = new AppError('agent_error', 'Kanarienvogel');
  await expect(tracing.span('call', {}, () => Promise.reject(failed))).rejects.toBe(failed);
  await expect(tracing.span('call', {}, () => Promise.reject(new Error('Kanarienvogel')))).rejects.toThrow();
  await close();
  expect(collector.spans.map(({ attributes }) => attributes['error.type'])).toEqual(['agent_error', 'internal']);
  expect(collector.raw()).not.toContain('Kanarienvogel');
});

it('[P3] [I11] a collector that refuses disturbs nobody: what it does not take is counted, and named once', async () => {
  collector = await startCollector(400);
  const { tracing, close, spans, logged } = open(collector.url);
  for (let nth = 0; nth < 3_000; nth++) expect(await tracing.span('work', {}, async () => nth)).toBe(nth);
  expect(spans.waiting).toBeLessThanOrEqual(2_048);
  await close();
  expect(spans).toEqual({ waiting: 0, dropped: 3_000 });
  expect(logged).toEqual(['traces.not_exported']);
});
