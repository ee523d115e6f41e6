import type { Telemetry } from '../contract/telemetry.ts';
import type { Agent } from '../ports.ts';

/** Calls of the agent, as those see them who watch this process. */
export interface ObservedAgent extends Agent {
  inFlight(): number;
}

/**
 * The same agent; each call is counted, timed, and a span of its job's trace, whose `traceparent` goes to the agent.
 */
export function observedAgent(agent: Agent, { metrics, tracing }: Telemetry): ObservedAgent {
  let underWay = 0;
  return {
    inFlight: () => underWay,
    async extract(request, options) {
      const beganAt = performance.now();
      const ended = (outcome: 'replied' | 'failed' | 'cut') =>
        metrics.observe('pantry_agent_call_seconds', { outcome }, (performance.now() - beganAt) / 1_000);
      underWay++;
      try {
        const facts = { 'pantry.idempotency_key': options.idempotencyKey };
        const reply = await tracing.span('agent', { kind: 'client', facts }, (span) =>
          agent.extract(request, { ...options, traceparent: span.traceparent }),
        );
        ended('replied');
        return reply;
      } catch (error) {
        ended(options.signal.aborted ? 'cut' : 'failed');
        throw error;
      } finally {
        underWay--;
      }
    },
  };
}
