/** Facts of a span: ids, codes and numbers, never text of a receipt, an address or a key. */
export type SpanFacts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A span that is under way. */
export interface Span {
  note(facts: SpanFacts): void;
  /** For the next part of the same work; undefined where nothing is traced. */
  readonly traceparent: string | undefined;
}

export interface SpanOptions {
  /** What it is for those who read traces: asked by somebody, asks somebody else, or neither. */
  readonly kind?: 'server' | 'client';
  /** The `traceparent` of the caller. Default: the span that is under way here. */
  readonly parent?: string | undefined;
  readonly facts?: SpanFacts;
}

/** Follows one piece of work through processes, by the `traceparent` of W3C Trace Context. */
export interface Tracing {
  /** False: nothing is written, and nothing needs to be looked up for it. */
  readonly isOn: boolean;
  /** Does the work as a span; what it throws is noted by its code alone, and thrown on. */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** The span that is under way here. */
  current(): string | undefined;
}

/** Writes nothing; the span of a caller who traces is passed on to what comes next. */
export const NO_TRACING: Tracing = {
  isOn: false,
  span: (_name, { parent }, work) => work({ note() {}, traceparent: parent }),
  current: () => undefined,
};

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** @returns undefined for what is no `traceparent`: anyone who sends nonsense is not followed, and not refused */
export function readTraceparent(value: unknown): string | undefined {
  return typeof value === 'string' && TRACEPARENT.test(value) ? value : undefined;
}

/** The id that all spans of one trace share. */
export const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35);
