import { isTerminal, type Phase, type Status } from '../contract/job.ts';
import type { WhoActs } from '../contract/operations/explain-job.ts';
import { GATE } from '../contract/policies.ts';
import type { WaitFacts } from '../ledger/insight/wait-facts.ts';
import type { JobRow } from '../ledger/job-row.ts';
import { waitForCap, whoLifts } from './cap.ts';
import { waitForWorker } from './workers.ts';

const MAX_COUNTED_AHEAD = 1_000;

const since = (time: string | null) => (time === null ? '' : ` since ${new Date(time).toISOString()}`);

/** What a job waits for, in words, and who must act so that it ends. */
interface Wait {
  readonly says: string;
  readonly who: WhoActs;
}

const byItself = (says: string): Wait => ({ says, who: 'nobody' });
const byOperator = (says: string): Wait => ({ says, who: 'operator' });

/**
 * What a job waits for, in words: the real cause, the one furthest from the job first.
 * @returns null when it does not wait
 */
export function waitingFor(row: JobRow, status: Status, phase: Phase | null): string | null {
  return waitOf(row, status, phase)?.says ?? null;
}

/** The same, with who must act. */
export function waitOf(row: JobRow, status: Status, phase: Phase | null): Wait | null {
  if (isTerminal(status) || status === 'started') return null;
  if (phase === 'dependency') return byItself(parents(row));
  if (phase === null) return row.run_at ? byItself(`its time at ${row.run_at.toISOString()}`) : null;
  const facts = row.wait;
  return (facts && wholeQueue(facts)) ?? ofPhase(row, phase, facts);
}

/** What holds up every job that waits, or every one that a cap of 0 covers. */
function wholeQueue(facts: WaitFacts): Wait | null {
  if (facts.read_only) return byOperator('the database to accept writes again: it is read-only now');
  if (facts.cap?.in_flight === 0) return { says: waitForCap(facts.cap), who: whoLifts(facts.cap) };
  if (facts.engine === 'down') return byOperator(`Temporal, which cannot be reached${since(facts.engine_since)}`);
  if (facts.engine === 'misconfigured') {
    return byOperator(`Temporal, which refuses this program${since(facts.engine_since)}: queue_info says why`);
  }
  return null;
}

function ofPhase(row: JobRow, phase: Phase, facts: WaitFacts | null): Wait | null {
  const next = row.next_attempt_at?.toISOString();
  const agent =
    facts?.agent === 'down'
      ? byOperator(`the OCR agent to recover: it does not take jobs${since(facts.agent_since)}`)
      : null;
  const stuck = facts?.stuck ? byOperator(`a person: ${facts.stuck}${since(facts.stuck_since ?? null)}`) : null;
  switch (phase) {
    case 'admission':
      return worker(facts) ?? agent ?? fullWindow(facts) ?? reached(facts) ?? byItself(turn(facts));
    case 'worker':
      if (stuck) return stuck;
      if (facts?.replied) return byItself('its result to be saved: the reply of the agent is stored');
      if (facts?.handed_over === false) return byItself('Temporal to take it');
      return worker(facts) ?? agent ?? byItself('a free worker');
    case 'backoff':
      return stuck ?? byItself(`the next attempt at ${next}`);
    case 'parked':
      return agent ?? byItself('its turn: the OCR agent is being tried again');
    case 'paused':
      return next === undefined
        ? byOperator('a person to unpause it in Temporal')
        : byItself(`the next attempt at ${next}`);
    default:
      return null;
  }
}

/** So many are named. */
const NAMED = 3;

function parents({ wait, run_at, now }: JobRow): string {
  const ids = (wait?.parents ?? []).map(({ job_id }) => job_id);
  const more = ids.length > NAMED ? ` and ${ids.length - NAMED} more` : '';
  const jobs = ids.length === 0 ? 'the jobs it depends on' : `${ids.slice(0, NAMED).join(', ')}${more}`;
  return `${jobs} to end${run_at && run_at > now ? `, then for its time at ${run_at.toISOString()}` : ''}`;
}

function worker(facts: WaitFacts | null): Wait | null {
  // Slots are the agent half; who has no facts has ended.
  const says = waitForWorker({ agent: facts?.agent_slots ?? 0, workflow: facts?.workflow_workers ?? 0 });
  return says === null ? null : byOperator(says);
}

/** The places are taken by jobs that wait themselves. */
function fullWindow(facts: WaitFacts | null): Wait | null {
  if (!facts || facts.window_size === 0 || facts.open_jobs < facts.window_size * GATE.openPerWindow) return null;
  const paused = facts.paused_jobs === 0 ? '' : `, ${facts.paused_jobs} of them paused there by a person`;
  const backoff = facts.backoff_jobs === 0 ? '' : `, ${facts.backoff_jobs} waiting for their next attempt`;
  const says = `a place in Temporal: ${facts.open_jobs} jobs are open there${paused}${backoff}`;
  return facts.paused_jobs === 0 ? byItself(says) : byOperator(says);
}

const reached = (facts: WaitFacts | null) => (facts?.cap ? byItself(waitForCap(facts.cap)) : null);

function turn(facts: WaitFacts | null): string {
  const ahead = facts?.ahead ?? 0;
  if (ahead === 0) return 'its turn: it is next of its owner';
  const jobs =
    ahead > MAX_COUNTED_AHEAD ? `more than ${MAX_COUNTED_AHEAD} jobs` : ahead === 1 ? '1 job' : `${ahead} jobs`;
  return `its turn: ${jobs} of its owner go first`;
}
