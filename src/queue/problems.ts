import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import type { Problem } from '../contract/operations/queue-info.ts';
import type { HoldingCap } from '../ledger/caps.ts';
import type { LiveGate } from '../ledger/gates.ts';
import type { JobTrouble } from '../ledger/problems.ts';
import type { QueueCounts } from '../ledger/queue-state.ts';
import { problemOfCap } from '../words/cap.ts';

/** What `queue_info` has read. */
export interface Seen {
  readonly counts: QueueCounts;
  readonly gates: readonly LiveGate[];
  readonly caps: readonly HoldingCap[];
  readonly troubles: readonly JobTrouble[];
  readonly workers: number;
  readonly queued: number;
  readonly oldest: readonly string[];
}

/** Troubles of jobs that are no row of the error table. */
const WORDS: Readonly<Record<string, { message: string; hint: string }>> = {
  stuck: {
    message: 'A step fails again and again in Temporal.',
    hint: 'Look at the workflow in Temporal and at the worker’s log.',
  },
  activity_paused: {
    message: 'A person paused the activity in Temporal.',
    hint: 'Unpause it there: the job goes on by itself.',
  },
};

const AGENT_CODES: ReadonlySet<string> = new Set(['agent_unavailable', 'agent_rate_limited']);

/**
 * Everything that keeps jobs from ending, each with its cause, since when, how many wait for it and which; empty when all
 * is well. What holds up every job comes first.
 */
export function problemsOf(seen: Seen): Problem[] {
  const { counts } = seen;
  const everybody = { jobs: seen.queued, examples: [...seen.oldest] };
  const problem = (
    part: Problem['part'],
    code: string,
    words: { message: string; hint: string },
    at: Date | string | null,
    jobs: { jobs: number; examples: string[] } = everybody,
  ): Problem => ({ part, code, ...words, since: at === null ? null : new Date(at).toISOString(), ...jobs });
  const rowOf = (code: ErrorCode, message: string = ERRORS[code].title) => ({ message, hint: ERRORS[code].hint });

  return [
    ...(counts.read_only
      ? [problem('ledger', 'ledger_unavailable', rowOf('ledger_unavailable', 'The database is read-only.'), null)]
      : []),
    ...seen.caps.map((cap) =>
      problem(
        'queue',
        cap.reason,
        problemOfCap(cap),
        cap.since,
        cap.jobs === null ? everybody : { jobs: cap.jobs, examples: cap.examples },
      ),
    ),
    ...engineProblems(seen).map(({ code, message, since, all }) =>
      problem('engine', code, rowOf(code, message), since, all ? everybody : { jobs: 0, examples: [] }),
    ),
    ...seen.gates
      .filter((gate) => gate.late_round !== null)
      .map((gate) => problem('queue', 'round_late', lateWords(gate), gate.late_since, { jobs: 0, examples: [] })),
    ...(seen.workers === 0 && !counts.read_only
      ? [problem('workers', 'no_worker', { message: 'No worker runs.', hint: NO_WORKER_HINT }, null)]
      : []),
    ...agentProblems(seen).map(({ code, message, since, jobs }) =>
      problem('agent', code, rowOf(code, message), since, jobs ?? everybody),
    ),
    ...seen.troubles
      .filter(({ code }) => !AGENT_CODES.has(code))
      .map(({ code, since, jobs, examples, detail }) => {
        const known = Object.hasOwn(ERRORS, code) ? rowOf(code as ErrorCode) : (WORDS[code] ?? rowOf('internal'));
        const message = detail === null ? `${known.message.replace(/\.$/, '')}.` : `For one of them, ${detail}.`;
        return problem('jobs', code, { ...known, message }, since, { jobs, examples });
      }),
  ];
}

const lateWords = ({ name, late_round }: LiveGate) => ({
  message: `${name}: its round "${late_round}" does not come through.`,
  hint: 'The log of this process names the cause; restart it when the round hangs.',
});

const NO_WORKER_HINT = 'Start one with pantry-queue up or pantry-queue worker.';

type EngineTrouble = { code: ErrorCode; message: string; since: Date | null; all: boolean };

/** Who reaches Temporal and who does not is known of each process; that nobody does is one problem. */
function engineProblems({ gates, counts }: Seen): EngineTrouble[] {
  const asked = gates.filter((gate) => gate.engine !== null);
  const troubled = asked.filter((gate) => gate.engine !== 'ok');
  const codeOf = (gate: LiveGate): ErrorCode =>
    gate.engine === 'misconfigured' ? 'engine_misconfigured' : 'engine_unavailable';
  const causeOf = (gate: LiveGate) => gate.engine_cause ?? ERRORS[codeOf(gate)].title;
  const [first] = troubled;
  if (!first) return [];
  if (troubled.length === asked.length) {
    const worst = troubled.find((gate) => gate.engine === 'misconfigured') ?? first;
    return [
      { code: codeOf(worst), message: causeOf(worst), since: counts.engine_since ?? worst.engine_since, all: true },
    ];
  }
  return troubled.map((gate) => ({
    code: codeOf(gate),
    message: `${gate.name}: ${causeOf(gate)}`,
    since: gate.engine_since,
    all: false,
  }));
}

type AgentTrouble = {
  code: ErrorCode;
  message: string;
  since: Date | null;
  jobs: { jobs: number; examples: string[] } | undefined;
};

/** The agent is away when a worker finds it unwell, or when the last attempts of open jobs found it so. */
function agentProblems({ gates, counts, troubles }: Seen): AgentTrouble[] {
  const met = troubles.filter(({ code }) => AGENT_CODES.has(code));
  const unreached = gates.find((gate) => gate.agent === 'down');
  if (met.length > 0) {
    return met.map(({ code, since, jobs, examples }) => ({
      code: code as ErrorCode,
      message: (code === 'agent_unavailable' && unreached?.agent_cause) || `${ERRORS[code as ErrorCode].title}.`,
      since: counts.agent === 'down' ? counts.agent_since : since,
      jobs: { jobs, examples },
    }));
  }
  if (!unreached) return [];
  const message = unreached.agent_cause ?? `${ERRORS.agent_unavailable.title}.`;
  return [{ code: 'agent_unavailable', message, since: unreached.agent_since, jobs: undefined }];
}
