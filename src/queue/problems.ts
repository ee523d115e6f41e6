import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import type { Problem } from '../contract/operations/queue-info.ts';
import { BUDGET_EXHAUSTED, OWNER_PAUSED, QUEUE_PAUSED } from '../ledger/caps.ts';
import { problemOfCap, whoLifts } from '../words/cap.ts';
import { problemsOfWorkers } from '../words/workers.ts';
import { AGENT_CODES, agentTroubles, engineTroubles } from './part-troubles.ts';
import type { Found, Seen } from './trouble.ts';
import { webhookTroubles } from './webhook-view.ts';

interface ProblemRow {
  readonly part: Problem['part'];
  readonly who: Problem['who_acts'];
  find(seen: Seen): readonly Found[];
}

const NONE = { jobs: 0, examples: [] } as const;
const rowOf = (code: ErrorCode, message: string = ERRORS[code].title) => ({ code, message, hint: ERRORS[code].hint });

const capped = (is: (reason: string) => boolean) => (seen: Seen) =>
  seen.caps
    .filter(({ reason }) => is(reason))
    .map(
      (cap): Found => ({
        code: cap.reason,
        ...problemOfCap(cap),
        since: cap.since,
        who: whoLifts(cap),
        jobs: cap.jobs === null ? undefined : { jobs: cap.jobs, examples: cap.examples },
      }),
    );

/** Open jobs that have a trouble of their own, by whether it passes by itself. */
const ofJobs = (is: (code: string) => boolean) => (seen: Seen) =>
  seen.troubles
    .filter(({ code }) => !AGENT_CODES.has(code) && is(code))
    .map(({ code, since, jobs, examples, detail }): Found => {
      const known = WORDS[code] ?? rowOf(Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'internal');
      const message = detail === null ? `${known.message.replace(/\.$/, '')}.` : `For one of them, ${detail}.`;
      return { ...known, code, message, since, jobs: { jobs, examples } };
    });

/** Troubles of jobs that are no row of the error table: a person must act. */
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

/** Everything that can keep jobs from ending; what holds up every job comes first. */
export const PROBLEMS = {
  read_only: {
    part: 'ledger',
    who: 'operator',
    find: ({ counts }) =>
      counts.read_only ? [{ ...rowOf('ledger_unavailable', 'The database is read-only.'), since: null }] : [],
  },
  queue_paused: { part: 'queue', who: 'operator', find: capped((reason) => reason === QUEUE_PAUSED) },
  owner_paused: { part: 'queue', who: 'owner', find: capped((reason) => reason === OWNER_PAUSED) },
  budget_exhausted: { part: 'queue', who: 'operator', find: capped((reason) => reason === BUDGET_EXHAUSTED) },
  limit: {
    part: 'queue',
    who: 'operator',
    find: capped((reason) => ![QUEUE_PAUSED, OWNER_PAUSED, BUDGET_EXHAUSTED].includes(reason)),
  },
  engine: { part: 'engine', who: 'operator', find: engineTroubles },
  no_gate: {
    part: 'queue',
    who: 'operator',
    find: ({ gates, counts }) =>
      gates.length > 0 || counts.read_only
        ? []
        : [
            {
              code: 'no_gate',
              message: 'No process moves jobs on: none has written down what it sees for 15 s.',
              hint: 'Start a server or a worker. Where one runs, its log says why it cannot write (a full disk, a lock).',
              since: null,
            },
          ],
  },
  round_late: {
    part: 'queue',
    who: 'operator',
    find: ({ gates }) =>
      gates
        .filter((gate) => gate.late_round !== null)
        .map(({ name, late_round, late_since }) => ({
          code: 'round_late',
          message: `${name}: its round "${late_round}" does not come through.`,
          hint: 'The log of this process names the cause; restart it when the round hangs.',
          since: late_since,
          jobs: NONE,
        })),
  },
  held_back: {
    part: 'ledger',
    who: 'operator',
    find: ({ counts }) =>
      counts.held_by === null
        ? []
        : [
            {
              code: 'transaction_open',
              message: `A transaction of "${counts.held_by}" stays open: events wait behind it, and dead rows are not cleared.`,
              hint: 'End it in the program that opened it, or with pg_terminate_backend(pid); a prepared one with ROLLBACK PREPARED.',
              since: counts.held_since,
              jobs: NONE,
            },
          ],
  },
  no_worker: {
    part: 'workers',
    who: 'operator',
    find: ({ workers, counts }) =>
      counts.read_only ? [] : problemsOfWorkers(workers).map((problem) => ({ ...problem, since: null })),
  },
  schedules: {
    part: 'schedules',
    who: 'owner',
    find: ({ schedules }) =>
      schedules.map(({ name, code, failures, since }) => ({
        code: 'schedule_refused',
        message: `Schedule "${name}" was refused ${failures} times in a row, the last time with ${code}.`,
        hint: `${Object.hasOwn(ERRORS, code) ? `${ERRORS[code as ErrorCode].hint} ` : ''}Then try it: run_schedule_now (POST /schedules/${name}/run, pantry-queue schedule run ${name}).`,
        since,
        jobs: NONE,
      })),
  },
  webhooks: { part: 'webhooks', who: 'owner', find: ({ webhooks }) => webhooks.map(webhookTroubles) },
  agent: { part: 'agent', who: 'operator', find: agentTroubles },
  jobs_blocked: { part: 'jobs', who: 'operator', find: ofJobs((code) => Object.hasOwn(WORDS, code)) },
  jobs_retrying: { part: 'jobs', who: 'nobody', find: ofJobs((code) => !Object.hasOwn(WORDS, code)) },
} as const satisfies Readonly<Record<string, ProblemRow>>;

/** Everything that is wrong, each with its cause, since when, how many wait for it, which, and who acts; empty when all is well. */
export function problemsOf(seen: Seen): Problem[] {
  const everybody = { jobs: seen.queued, examples: seen.oldest };
  return (Object.values(PROBLEMS) as ProblemRow[]).flatMap((row) =>
    row.find(seen).map(({ jobs = everybody, since, who = row.who, ...found }) => ({
      part: row.part,
      ...found,
      who_acts: who,
      since: since === null ? null : new Date(since).toISOString(),
      jobs: jobs.jobs,
      examples: [...jobs.examples],
    })),
  );
}
