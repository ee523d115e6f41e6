import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import type { LiveGate } from '../ledger/processes/gates.ts';
import { problemOfBreaker } from '../words/breaker.ts';
import type { Found, Seen } from './trouble.ts';

/** Who reaches Temporal and who does not is known of each process; that nobody does is one problem. */
export function engineTroubles({ gates, counts }: Pick<Seen, 'gates' | 'counts'>): Found[] {
  const asked = gates.filter((gate) => gate.engine !== null);
  const troubled = asked.filter((gate) => gate.engine !== 'ok');
  const codeOf = (gate: LiveGate): ErrorCode =>
    gate.engine === 'misconfigured' ? 'engine_misconfigured' : 'engine_unavailable';
  const causeOf = (gate: LiveGate) => gate.engine_cause ?? ERRORS[codeOf(gate)].title;
  const hintOf = (gate: LiveGate) => gate.engine_hint ?? ERRORS[codeOf(gate)].hint;
  const [first] = troubled;
  if (!first) return [];
  if (troubled.length === asked.length) {
    const worst = troubled.find((gate) => gate.engine === 'misconfigured') ?? first;
    const since = counts.engine_since ?? worst.engine_since;
    return [{ code: codeOf(worst), message: causeOf(worst), hint: hintOf(worst), since }];
  }
  return troubled.map((gate) => ({
    code: codeOf(gate),
    message: `${gate.name}: ${causeOf(gate)}`,
    hint: hintOf(gate),
    since: gate.engine_since,
    jobs: { jobs: 0, examples: [] },
  }));
}

export const AGENT_CODES: ReadonlySet<string> = new Set(['agent_unavailable', 'agent_rate_limited']);

/** What holds the breaker open, and else a worker that finds the agent unwell. */
export function agentTroubles({ gates, breaker, queued, oldest }: Omit<Seen, 'caps' | 'troubles'>): Found[] {
  const unreached = gates.find((gate) => gate.agent === 'down');
  if (!breaker) {
    if (!unreached) return [];
    const { title, hint } = ERRORS.agent_unavailable;
    const message = unreached.agent_cause ?? `${title}.`;
    return [{ code: 'agent_unavailable', message, hint, since: unreached.agent_since }];
  }
  const { since, parked, examples } = breaker;
  const jobs = { jobs: queued + parked, examples: examples.length > 0 ? examples : oldest };
  return [{ ...problemOfBreaker(breaker, unreached?.agent_cause ?? null), since, jobs }];
}
