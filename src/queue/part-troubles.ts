import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import type { LiveGate } from '../ledger/gates.ts';
import type { Found, Seen } from './problems.ts';

/** Who reaches Temporal and who does not is known of each process; that nobody does is one problem. */
export function engineTroubles({ gates, counts }: Pick<Seen, 'gates' | 'counts'>): Found[] {
  const asked = gates.filter((gate) => gate.engine !== null);
  const troubled = asked.filter((gate) => gate.engine !== 'ok');
  const codeOf = (gate: LiveGate): ErrorCode =>
    gate.engine === 'misconfigured' ? 'engine_misconfigured' : 'engine_unavailable';
  const causeOf = (gate: LiveGate) => gate.engine_cause ?? ERRORS[codeOf(gate)].title;
  const hintOf = (gate: LiveGate) => ERRORS[codeOf(gate)].hint;
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

/** The agent is away when a worker finds it unwell, or when the last attempts of open jobs found it so. */
export function agentTroubles({ gates, counts, troubles }: Pick<Seen, 'gates' | 'counts' | 'troubles'>): Found[] {
  const met = troubles.filter(({ code }) => AGENT_CODES.has(code));
  const unreached = gates.find((gate) => gate.agent === 'down');
  const { title, hint } = ERRORS.agent_unavailable;
  if (met.length > 0) {
    return met.map(({ code, since, jobs, examples }) => ({
      code,
      message: (code === 'agent_unavailable' && unreached?.agent_cause) || `${ERRORS[code as ErrorCode].title}.`,
      hint: ERRORS[code as ErrorCode].hint,
      since: counts.agent === 'down' ? counts.agent_since : since,
      jobs: { jobs, examples },
      // It said when it may be asked again.
      who: code === 'agent_rate_limited' ? 'nobody' : 'operator',
    }));
  }
  if (!unreached) return [];
  const message = unreached.agent_cause ?? `${title}.`;
  return [{ code: 'agent_unavailable', message, hint, since: unreached.agent_since }];
}
