import { ERRORS, type ErrorCode, isErrorCode } from '../contract/errors.ts';
import type { Job } from '../contract/fields.ts';
import { isTerminal, jobIdOf, type State } from '../contract/job.ts';
import { MAX_LINES, type WhoActs } from '../contract/operations/explain-job.ts';
import { MAX_CHARGED_ATTEMPTS } from '../contract/policies.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import type { JobHistory } from '../ledger/insight/history.ts';
import type { JobRow } from '../ledger/job-row.ts';
import type { OneJobRow } from '../ledger/jobs.ts';
import { billLine } from './costs.ts';
import { attemptLines, attemptOf, LEAST_ATTEMPT_LINES } from './explain-attempts.ts';
import { canceledBecause, clearedLine, eventLine, isReviewed, parentLine, reviewLines } from './explain-events.ts';
import { between, counted, seconds, whenFrom } from './story-times.ts';
import { waitOf } from './waiting-for.ts';

type Explanation = Pick<OutputOf<'explainJob'>, 'lines' | 'next' | 'who_acts' | 'gives_up_at' | 'waits' | 'attempts'>;

/** States in which a job waits, and what for. What is not here is work. */
const WAITS_FOR: Readonly<Partial<Record<State, string>>> = {
  scheduled: 'its time',
  'deferred/dependency': 'the jobs it depends on',
  'deferred/parked': 'the OCR agent to recover',
  'deferred/backoff': 'the next attempt',
  'deferred/paused': 'a pause to end',
  'queued/admission': 'its turn',
  'queued/worker': 'a worker',
};

/** Failures that the owner of the receipt can remove; all others are the operator's. */
const OWNERS: readonly string[] = [
  'agent_rejected',
  'image_missing',
  'image_unreadable',
  'image_too_large',
  'unsupported_image',
  'receipt_changed',
  'subject_changed',
  'terminated_by_operator',
  'dependency_failed',
] satisfies ErrorCode[];

/** A job that another waits for: how it stands, and who must act so that it goes on. */
export interface ParentWait {
  readonly says: string;
  readonly who: WhoActs;
}

export function parentWait(job: Job, row: JobRow): ParentWait {
  const wait = waitOf(row, job.status, job.phase);
  return { says: stateLine(job, wait?.says ?? null), who: whoActs(job, row, wait?.who ?? 'nobody') };
}

/**
 * A job's story from its own events: how long it waited and for what, its attempts, what comes next, who must act and
 * when it gives up. Nothing in it was read from an image or came from an agent.
 * @param job as every door shows it
 * @param parents those that it waits for, where the caller may see them
 */
export function explain(
  job: Job,
  row: OneJobRow,
  history: JobHistory,
  parents: readonly ParentWait[] = [],
): Explanation {
  const isKnown = history.events.length > 0;
  const wait = waitOf(row, job.status, job.phase);
  const waits = waitsOf(job, history);
  const next = nextOf(job, row, wait?.says ?? null);
  const ofParents = parents.find(({ who }) => who !== 'nobody');
  const who_acts = whoActs(job, row, ofParents?.who ?? wait?.who ?? 'nobody');
  const gives_up_at = isTerminal(job.status) ? null : job.give_up_at;
  const when = whenFrom(row.now);
  const before = [
    stateLine(job, wait?.says ?? null, { reviewed: isReviewed(history), because: canceledBecause(row, history) }),
    ...parents.map(({ says }) => says),
    `It was accepted ${when(job.created_at)} with priority ${job.priority}${job.generation > 1 ? `, as generation ${job.generation}` : ''}${job.batch_id === null ? '' : `, in ${job.batch_id}`}${row.schedule === null ? '' : ` of schedule ${row.schedule}`}.`,
    isKnown
      ? waitLine(waits)
      : 'Its events are past their retention: how long it waited, and for what, is not known any more.',
  ];
  const facts = [
    ...eventLine(
      history,
      'run_replaced',
      (times, last) =>
        `Temporal lost or ended its run ${counted(times, 'time')}; it was started again, the last time ${when(last)}.`,
    ),
    ...eventLine(
      history,
      'cancel_requested',
      (_times, last) => `A cancel was asked for ${when(last)}, while the agent was being called.`,
    ),
    ...parentLine(history),
    ...(job.ended_at === null
      ? []
      : [`It ended ${when(job.ended_at)}, ${between(job.created_at, job.ended_at)} after it was accepted.`]),
    ...reviewLines(history, when),
    ...clearedLine(row, history, when),
    ...(row.superseded ? [`A later generation exists: ${jobIdOf(row)} names it.`] : []),
    ...(row.bill.paid_calls === 0 ? [] : [billLine(row.bill)]),
  ];
  const last = [
    `Next: ${next}`,
    WHO[who_acts],
    ...(gives_up_at === null ? [] : [`It gives up ${when(gives_up_at)}, if it has not ended by then.`]),
  ];
  const behind = [...facts.slice(0, MAX_LINES - before.length - last.length - LEAST_ATTEMPT_LINES), ...last];
  const attempts = isKnown
    ? attemptLines(history.attempts, when, MAX_LINES - before.length - behind.length)
    : [`It made ${counted(job.attempts, 'attempt')}, ${job.attempts_charged} of them charged.`];
  return {
    lines: [...before, ...attempts, ...behind],
    next,
    who_acts,
    gives_up_at,
    waits,
    attempts: history.attempts.map(attemptOf),
  };
}

const WHO: Readonly<Record<WhoActs, string>> = {
  nobody: 'Nobody has to do anything.',
  owner: 'Its owner has to act.',
  operator: 'An operator of the queue has to act.',
};

function stateLine(
  job: Job,
  waitsFor: string | null,
  { reviewed = false, because = '' }: { readonly reviewed?: boolean; readonly because?: string } = {},
): string {
  const { job_id, status, phase, error, result } = job;
  switch (status) {
    case 'failed': {
      const code = error?.code ?? 'internal';
      return `${job_id} failed with ${isErrorCode(code) ? `${code}: ${ERRORS[code].title}` : 'an unknown error'}.`;
    }
    case 'finished':
      return `${job_id} is finished${!reviewed && result && Reflect.get(result, 'needs_review') === true ? '; a person should check the receipt' : ''}.`;
    case 'canceled':
      return `${job_id} is canceled${because}.`;
    default: {
      const state = phase === null ? status : `${status} (${phase})`;
      return `${job_id} is ${state}${waitsFor === null ? '' : `: it waits for ${waitsFor}`}.`;
    }
  }
}

function waitsOf(job: Job, { states }: JobHistory): Explanation['waits'] {
  const present = job.phase === null ? job.status : `${job.status}/${job.phase}`;
  return states
    .flatMap(({ state, seconds: long, times }) => {
      const waits_for = WAITS_FOR[state];
      return waits_for === undefined ? [] : [{ state, waits_for, seconds: long, times, now: state === present }];
    })
    .sort((left, right) => right.seconds - left.seconds);
}

function waitLine(waits: Explanation['waits']): string {
  const total = waits.reduce((sum, wait) => sum + wait.seconds, 0);
  if (waits.length === 0) return 'It has not waited.';
  const parts = waits.map(
    ({ waits_for, seconds: long, times }) => `${seconds(long)} for ${waits_for}${times > 1 ? ` (${times} times)` : ''}`,
  );
  return `It has waited ${seconds(total)} in all: ${parts.join(', ')}.`;
}

/** Why a job that has ended is not run again; null where it may be. */
function overBecause(row: JobRow): string | null {
  if (row.subject_gone) return 'nothing: what it was about was deleted.';
  if (row.superseded) return `nothing: a later generation took its place, which ${jobIdOf(row)} names.`;
  return row.expired_at === null ? null : 'nothing: it is past its retention.';
}

function nextOf(job: Job, row: JobRow, waitsFor: string | null): string {
  const left = `${Math.max(0, MAX_CHARGED_ATTEMPTS - job.attempts_charged)} of ${MAX_CHARGED_ATTEMPTS} charged attempts are left`;
  switch (job.status) {
    case 'finished':
      if (row.subject_gone) return 'nothing: what it was about was deleted, and its result with it.';
      return row.expired_at === null ? 'nothing, its result stays.' : 'nothing: it is past its retention.';
    case 'canceled':
      return overBecause(row) ?? 'nothing, unless somebody runs it again with retry_job.';
    case 'failed': {
      const code = job.error?.code ?? 'internal';
      return overBecause(row) ?? ERRORS[isErrorCode(code) ? code : 'internal'].hint;
    }
    case 'started':
      if (job.phase === 'saving') return 'its result is saved; the agent is not called again.';
      if (job.phase === 'canceling') return 'the call is aborted, and it is canceled within 10 s.';
      return `the agent’s reply is stored, then its result is saved; ${left}.`;
    case 'scheduled':
    case 'queued':
    case 'deferred': {
      if (row.wait?.replied) return 'its stored reply is saved; the agent is not called again.';
      const then =
        job.phase === 'admission' || job.phase === 'dependency' || job.phase === null
          ? 'it is handed to Temporal'
          : `attempt ${job.attempts + 1} begins`;
      return waitsFor === null ? `${then}; ${left}.` : `it waits for ${waitsFor}, then ${then}; ${left}.`;
    }
  }
}

function whoActs(job: Job, row: JobRow, whoEndsWait: WhoActs): WhoActs {
  if (job.status === 'finished' || job.status === 'canceled') return 'nobody';
  if (job.status !== 'failed') return row.wait?.stuck ? 'operator' : whoEndsWait;
  const code = job.error?.code ?? 'internal';
  if (overBecause(row) !== null || code.endsWith('_deleted')) return 'nobody';
  return OWNERS.includes(code) ? 'owner' : 'operator';
}
