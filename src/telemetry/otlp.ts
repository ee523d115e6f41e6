import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Tracing } from '../contract/tracing.ts';
import type { Log } from '../ports.ts';
import { boundedProcessor, QUEUE_LIMITS, type SpanCounts, watchedExporter } from './span-queue.ts';
import { createTracing } from './tracing.ts';

/**
 * Traces over OTLP/HTTP in JSON. What fails there disturbs nobody: spans wait in a bounded queue, and are dropped. What is
 * sampled is `OTEL_TRACES_SAMPLER`'s to say, which the library reads.
 */
export function openTraces(options: {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly process: string;
  readonly version: string;
  readonly spans: SpanCounts;
  readonly log: () => Log;
}): { readonly tracing: Tracing; close(): Promise<void> } {
  const { endpoint, headers, spans, version } = options;
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = watchedExporter(new OTLPTraceExporter({ url, headers: { ...headers } }), spans, options.log);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.serviceName,
      'service.namespace': 'pantry-queue',
      'service.version': version,
      'service.instance.id': `${options.process}-${process.pid}`,
    }),
    spanProcessors: [boundedProcessor(new BatchSpanProcessor(exporter, QUEUE_LIMITS), spans)],
  });
  return { tracing: createTracing(provider.getTracer('pantry-queue', version)), close: () => provider.shutdown() };
}
