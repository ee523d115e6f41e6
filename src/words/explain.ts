import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import { EVENTS, type EventKind, type ReviewEndedBy } from '../contract/events.ts';
import { type Job, NOT_RUN_AGAIN } from '../contract/fields.ts';
import { isTerminal, jobIdOf, type State } from '../contract/job.ts';
import { MAX_LINES, type WhoActs } from '../contract/operations/explain-job.ts';
import { MAX_CHARGED_ATTEMPTS } from '../contract/policies.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import type { AttemptsAlike, JobHistory } from '../ledger/history.ts';
import type { JobRow } from '../ledger/job-row.ts';
import type { OneJobRow } from '../ledger/jobs.ts';
import { billLine } from './costs.ts';
import { duration, relativeTime } from './relative-time.ts';
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
] satisfies ErrorCode[];

/** Attempts that get lines of their own; the ones between the first and the last are told together. */
const FIRST_SHOWN = 2;
const LAST_SHOWN = 3;

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
  const lines = [
    stateLine(job, wait?.says ?? null, isReviewed(history)),
    ...parents.map(({ says }) => says),
    `It was accepted ${when(job.created_at)} with priority ${job.priority}${job.generation > 1 ? `, as generation ${job.generation}` : ''}${job.batch_id === null ? '' : `, in ${job.batch_id}`}${row.schedule === null ? '' : ` of schedule ${row.schedule}`}.`,
    isKnown
      ? waitLine(waits)
      : 'Its events are past their retention: how long it waited, and for what, is not known any more.',
    ...(isKnown
      ? attemptLines(history.attempts, when)
      : [`It made ${counted(job.attempts, 'attempt')}, ${job.attempts_charged} of them charged.`]),
    ...eventLine(
      history,
      'run_replaced',
      (times, last) =>
        `Temporal lost or ended its run ${counted(times, 'time')}; it was started again, the last time ${when(last)}.`,
    ),
    ...eventLine(history, 'cancel_requested', (_times, last) => `A cancel was asked for ${when(last)}.`),
    ...(job.ended_at === null
      ? []
      : [`It ended ${when(job.ended_at)}, ${between(job.created_at, job.ended_at)} after it was accepted.`]),
    ...reviewLines(history, when),
    ...(row.superseded ? [`A later generation exists: ${jobIdOf(row)} names it.`] : []),
    ...(row.bill.paid_calls === 0 ? [] : [billLine(row.bill)]),
    `Next: ${next}`,
    WHO[who_acts],
    ...(gives_up_at === null ? [] : [`It gives up ${when(gives_up_at)}, if it has not ended by then.`]),
  ];
  return {
    lines: lines.slice(0, MAX_LINES),
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

/** A time from now, and as it stands in the ledger. */
const whenFrom = (now: Date) => (time: string) => `${relativeTime(time, now.getTime())} (${utc(time)})`;
const utc = (time: string) => `${new Date(time).toISOString().slice(0, 19)}Z`;
const between = (from: string, to: string) =>
  duration(Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1_000)));
const counted = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
const seconds = (s: number) => (s < 10 ? `${Math.round(s * 10) / 10} s` : duration(Math.round(s)));

const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

function stateLine(job: Job, waitsFor: string | null, reviewed = false): string {
  const { job_id, status, phase, error, result } = job;
  switch (status) {
    case 'failed': {
      const code = error?.code ?? 'internal';
      return `${job_id} failed with ${isCode(code) ? `${code}: ${ERRORS[code].title}` : 'an unknown error'}.`;
    }
    case 'finished':
      return `${job_id} is finished${!reviewed && result && Reflect.get(result, 'needs_review') === true ? '; a person should check the receipt' : ''}.`;
    case 'canceled':
      return `${job_id} is canceled.`;
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

function attemptLines(groups: readonly AttemptsAlike[], when: (time: string) => string): string[] {
  if (groups.length === 0) return ['The agent has not been called for it.'];
  const shown = FIRST_SHOWN + LAST_SHOWN;
  if (groups.length <= shown + 1) return groups.map((group) => attemptLine(group, when));
  const middle = groups.slice(FIRST_SHOWN, -LAST_SHOWN);
  return [
    ...groups.slice(0, FIRST_SHOWN).map((group) => attemptLine(group, when)),
    `Attempts ${middle[0]?.first}–${middle.at(-1)?.last}: ${middleOf(middle)}.`,
    ...groups.slice(-LAST_SHOWN).map((group) => attemptLine(group, when)),
  ];
}

/** How often each outcome came, in the order in which they first did. */
function middleOf(groups: readonly AttemptsAlike[]): string {
  const times = new Map<string, number>();
  for (const { outcome, first, last } of groups) {
    const name = outcomeName(outcome);
    times.set(name, (times.get(name) ?? 0) + last - first + 1);
  }
  return [...times].map(([name, n]) => `${n} × ${name}`).join(', ');
}

function outcomeName(outcome: string | null): string {
  if (outcome === null) return 'under way';
  if (outcome === 'replied') return 'the agent replied';
  if (outcome === 'attempt_lost') return 'its worker was lost';
  if (outcome === 'canceled' || outcome === 'failed') return `ended when the job was ${outcome}`;
  return isCode(outcome) ? outcome : 'an unknown error';
}

function attemptLine(group: AttemptsAlike, when: (time: string) => string): string {
  const { first, last, outcome, charged, began_at, seconds: long } = group;
  const name = outcomeName(outcome);
  const isError = outcome !== null && !['replied', 'canceled', 'failed'].includes(outcome);
  const price = isError ? (charged ? ', charged' : ', not charged') : '';
  if (first === last) {
    return `Attempt ${first}, ${when(began_at)}: ${outcome === null ? `under way for ${seconds(long)}` : `${name} after ${seconds(long)}`}${price}.`;
  }
  return `Attempts ${first}–${last}, from ${when(began_at)}: ${last - first + 1} times ${name}, ${seconds(long)} in all${price}.`;
}

function attemptOf({ began_at, ended_at, ...group }: AttemptsAlike): Explanation['attempts'][number] {
  const iso = (time: string) => new Date(time).toISOString();
  return { ...group, began_at: iso(began_at), ended_at: ended_at === null ? null : iso(ended_at) };
}

function eventLine(
  { events }: JobHistory,
  kind: JobHistory['events'][number]['kind'],
  says: (times: number, lastAt: string) => string,
): string[] {
  const found = events.find((event) => event.kind === kind);
  return found ? [says(found.times, found.last_at)] : [];
}

/** The person who was to look at its receipt has done so, and was not asked again. */
function isReviewed({ events }: JobHistory): boolean {
  const lastOf = (of: EventKind) => Date.parse(events.find(({ kind }) => kind === of)?.last_at ?? '') || 0;
  return lastOf('receipt_reviewed') > 0 && lastOf('receipt_reviewed') >= lastOf('receipt_needs_review');
}

const ENDED_BY: Readonly<Record<ReviewEndedBy, string>> = {
  person: 'by a person',
  reading: 'by a later reading',
  policy: 'by its time',
};

/** What became of its receipt after it. */
function reviewLines(history: JobHistory, when: (time: string) => string): string[] {
  const ended = history.events.find(({ kind }) => kind === 'receipt_reviewed');
  const end = EVENTS.receipt_reviewed.data.safeParse(ended?.last_data).data;
  return [
    ...eventLine(history, 'receipt_needs_review', (_times, last) => `Its reading went to review ${when(last)}.`),
    ...eventLine(history, 'receipt_corrected', (times, last) =>
      times === 1
        ? `Its receipt was corrected ${when(last)}.`
        : `Its receipt was corrected ${times} times, the last time ${when(last)}.`,
    ),
    ...(ended && end ? [`The review ended ${when(ended.last_at)}, ${ENDED_BY[end.by]}: ${end.outcome}.`] : []),
  ];
}

/** It has ended, and nothing is left to run again. */
const isOver = (row: JobRow) => row.superseded || row.subject_gone || row.expired_at !== null;

function nextOf(job: Job, row: JobRow, waitsFor: string | null): string {
  const left = `${Math.max(0, MAX_CHARGED_ATTEMPTS - job.attempts_charged)} of ${MAX_CHARGED_ATTEMPTS} charged attempts are left`;
  switch (job.status) {
    case 'finished':
      return 'nothing, its result stays.';
    case 'canceled':
      return isOver(row) ? NOT_RUN_AGAIN : 'nothing, unless somebody runs it again with retry_job.';
    case 'failed': {
      const code = job.error?.code ?? 'internal';
      if (isOver(row)) return NOT_RUN_AGAIN;
      return isCode(code) ? ERRORS[code].hint : ERRORS.internal.hint;
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
          : `attempt ${job.attempts + 1}`;
      return `${then}, after ${waitsFor ?? 'its wait'}; ${left}.`;
    }
  }
}

function whoActs(job: Job, row: JobRow, whoEndsWait: WhoActs): WhoActs {
  if (job.status === 'finished' || job.status === 'canceled') return 'nobody';
  if (job.status !== 'failed') return row.wait?.stuck ? 'operator' : whoEndsWait;
  const code = job.error?.code ?? 'internal';
  if (isOver(row) || code.endsWith('_deleted')) return 'nobody';
  return OWNERS.includes(code) ? 'owner' : 'operator';
}
