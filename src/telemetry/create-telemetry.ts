import type { Telemetry } from '../contract/telemetry.ts';
import { NO_TRACING, type Tracing, traceIdOf } from '../contract/tracing.ts';
import type { Log } from '../ports.ts';
import { createLogger } from './logger.ts';
import { createMetricsRegistry, type MetricsRegistry } from './registry.ts';
import type { SpanCounts } from './span-queue.ts';

/** Where traces go, by the names of OpenTelemetry. */
export interface TraceSettings {
  /** `OTEL_EXPORTER_OTLP_ENDPOINT`; undefined: nothing is traced. */
  readonly endpoint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Default: by the process. */
  readonly serviceName: string | undefined;
}

/** A process as those see it who watch it: its log, its numbers, its traces. */
export interface ProcessTelemetry extends Telemetry {
  readonly log: Log;
  readonly metrics: MetricsRegistry;
  /** Hands on what is under way, for two seconds at most. */
  close(): Promise<void>;
}

/** A stop does not wait for a collector that is away. */
const CLOSE_MS = 2_000;

export async function createTelemetry(options: {
  readonly process: 'server' | 'worker';
  readonly version: string;
  readonly logLevel: string;
  readonly traces: TraceSettings;
}): Promise<ProcessTelemetry> {
  const spans: SpanCounts = { waiting: 0, dropped: 0 };
  let linesDropped = 0;
  let tracing: Tracing = NO_TRACING;
  const log = createLogger({
    level: options.logLevel,
    name: options.process,
    facts() {
      const traceparent = tracing.current();
      return traceparent === undefined ? {} : { trace_id: traceIdOf(traceparent) };
    },
    onDrop: () => {
      linesDropped++;
    },
  });
  const metrics = createMetricsRegistry();
  metrics.addSource(() => [
    { name: 'pantry_log_lines_dropped_total', value: linesDropped },
    { name: 'pantry_spans_dropped_total', value: spans.dropped },
  ]);
  const { endpoint } = options.traces;
  if (endpoint === undefined) return { log, metrics, tracing, close: async () => {} };

  // Loaded only when it is used: a process that exports nothing starts without it.
  const { openTraces } = await import('./otlp.ts');
  const traces = openTraces({
    ...options,
    ...options.traces,
    serviceName: options.traces.serviceName ?? `pantry-queue-${options.process}`,
    endpoint,
    spans,
    log: () => log,
  });
  tracing = traces.tracing;
  log.info({ endpoint: new URL(endpoint).origin }, 'traces.exporting');
  return {
    log,
    metrics,
    tracing,
    async close() {
      let patience: NodeJS.Timeout | undefined;
      const over = new Promise<void>((resolve) => {
        patience = setTimeout(resolve, CLOSE_MS);
      });
      await Promise.race([traces.close().catch(() => {}), over]);
      clearTimeout(patience);
    },
  };
}
