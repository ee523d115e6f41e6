import type { ReadableSpan, Span, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Log } from '../ports.ts';

/** Spans that wait to be handed on; beyond, they are dropped and counted. */
const MOST_WAITING = 2_048;
/** A collector that stays away is named once a minute. */
const REPEAT_MS = 60_000;

/** What became of the spans of this process. */
export interface SpanCounts {
  waiting: number;
  dropped: number;
}

/** `ExportResultCode.SUCCESS`, of a package that only the library itself needs. */
const SUCCESS = 0;

/** The same exporter; what it cannot hand on is counted, and named in the log at a bounded rate. */
export function watchedExporter(exporter: SpanExporter, counts: SpanCounts, log: () => Log): SpanExporter {
  let failing = false;
  let saidAt = 0;

  function failed(cause: string): void {
    const now = performance.now();
    if (!failing || now - saidAt >= REPEAT_MS) {
      saidAt = now;
      log().warn({ cause, dropped: counts.dropped }, 'traces.not_exported');
    }
    failing = true;
  }

  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        counts.waiting -= spans.length;
        if (result.code === SUCCESS) {
          if (failing) log().info({}, 'traces.exported_again');
          failing = false;
        } else {
          counts.dropped += spans.length;
          failed(result.error?.message.slice(0, 200) ?? 'unknown');
        }
        // To the library it is done: what it would say in a log of its own has been said.
        done({ code: SUCCESS });
      });
    },
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush ? { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() } : {}),
  };
}

/** Stands before the library's own queue, which would drop without a word. */
export function boundedProcessor(processor: SpanProcessor, counts: SpanCounts): SpanProcessor {
  return {
    onStart: (span: Span, context) => processor.onStart(span, context),
    onEnd(span: ReadableSpan) {
      if (counts.waiting >= MOST_WAITING) {
        counts.dropped++;
        return;
      }
      counts.waiting++;
      processor.onEnd(span);
    },
    forceFlush: () => processor.forceFlush(),
    shutdown: () => processor.shutdown(),
  };
}

export const QUEUE_LIMITS = {
  maxQueueSize: MOST_WAITING,
  maxExportBatchSize: 256,
  scheduledDelayMillis: 1_000,
  exportTimeoutMillis: 10_000,
} as const;
