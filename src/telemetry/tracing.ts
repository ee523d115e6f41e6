import { AsyncLocalStorage } from 'node:async_hooks';
import { ROOT_CONTEXT, type SpanContext, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { isAppError } from '../contract/errors.ts';
import {
  readTraceparent,
  type Span,
  type SpanFacts,
  type SpanOptions,
  type Tracing,
  traceIdOf,
} from '../contract/tracing.ts';

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;

/** Spans of a tracer, each within the one that is under way where it begins. */
export function createTracing(tracer: Tracer): Tracing {
  const here = new AsyncLocalStorage<string>();
  const current = () => here.getStore();
  return {
    isOn: true,
    current,
    async span<T>(
      name: string,
      { kind, parent, facts = {} }: SpanOptions,
      work: (span: Span) => Promise<T>,
    ): Promise<T> {
      const options = { kind: kind === undefined ? SpanKind.INTERNAL : KINDS[kind], attributes: attributesOf(facts) };
      const span = tracer.startSpan(name, options, contextOf(parent ?? current()));
      const traceparent = traceparentOf(span.spanContext());
      const shown: Span = { traceparent, note: (more) => void span.setAttributes(attributesOf(more)) };
      try {
        return await here.run(traceparent, () => work(shown));
      } catch (error) {
        const code = codeOf(error);
        span.setStatus({ code: SpanStatusCode.ERROR, message: code });
        span.setAttribute('error.type', code);
        throw error;
      } finally {
        span.end();
      }
    },
  };
}

function contextOf(traceparent: string | undefined) {
  if (readTraceparent(traceparent) === undefined || traceparent === undefined) return ROOT_CONTEXT;
  const spanId = traceparent.slice(36, 52);
  const traceFlags = Number.parseInt(traceparent.slice(53), 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId: traceIdOf(traceparent), spanId, traceFlags, isRemote: true });
}

const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext) =>
  `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;

const attributesOf = (facts: SpanFacts) =>
  Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name, value]])),
  );

/** A code of ours, or the type of a failure of Temporal's; a message may hold anything. */
function codeOf(error: unknown): string {
  if (isAppError(error)) return error.code;
  const type: unknown = error instanceof Error ? Reflect.get(error, 'type') : undefined;
  return typeof type === 'string' && /^[a-z_]{1,60}$/.test(type) ? type : 'internal';
}
