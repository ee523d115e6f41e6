import { type Metrics, NO_METRICS } from './metrics.ts';
import { NO_TRACING, type Tracing } from './tracing.ts';

/** What a part of the program tells its operators, beside the log. */
export interface Telemetry {
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}

/** For programs and tests that nobody watches. */
export const NO_TELEMETRY: Telemetry = { metrics: NO_METRICS, tracing: NO_TRACING };
