import { ERRORS, toAppError } from '../contract/errors.ts';
import type { Telemetry } from '../contract/telemetry.ts';
import type { SpanFacts } from '../contract/tracing.ts';
import type { Stage } from './stage.ts';

/** Which fields of an answer are ids that a trace may name. */
const IDS = ['job_id', 'batch_id', 'receipt_id'] as const;

/** Counts and times every call, whatever door it came through, and makes it a span. */
export const observed =
  ({ metrics, tracing }: Telemetry): Stage =>
  (call, next) => {
    const { name: operation } = call.row;
    const beganAt = performance.now();
    const ended = (outcome: 'ok' | 'refused' | 'failed') => {
      metrics.add('pantry_operations_total', { operation, outcome });
      metrics.observe('pantry_operation_seconds', { operation }, (performance.now() - beganAt) / 1_000);
    };
    return tracing.span(operation, {}, async (span) => {
      try {
        const answer = await next();
        if (tracing.isOn) span.note(idsIn(answer));
        ended('ok');
        return answer;
      } catch (error) {
        ended(ERRORS[toAppError(error).code].http < 500 ? 'refused' : 'failed');
        throw error;
      }
    });
  };

function idsIn(answer: unknown): SpanFacts {
  if (typeof answer !== 'object' || answer === null) return {};
  return Object.fromEntries(
    IDS.flatMap((name) => {
      const id: unknown = Reflect.get(answer, name);
      return typeof id === 'string' || typeof id === 'number' ? [[`pantry.${name}`, id]] : [];
    }),
  );
}
