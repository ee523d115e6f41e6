import { ERRORS, type ErrorCode } from '../../src/contract/errors.ts';
import type { OutputOf } from '../../src/contract/queue-api.ts';
import { hintForModels } from '../../src/words/hints-for-models.ts';
import { relativeTime } from '../../src/words/relative-time.ts';
import { untrustedBlock } from '../../src/words/untrusted.ts';
import { tool } from '../tool.ts';

type QueueInfo = OutputOf<'queueInfo'>;
type Problem = QueueInfo['problems'][number];

/** Rows of each list in an answer: the busiest come first. */
const MAX_ROWS = 5;

export const queueInfo = tool({
  operation: 'queueInfo',
  title: 'Queue overview',
  description: 'Job counts by state, ages, errors, workers; whether it is paused or a part is down.',
  lists: ['count', 'failed_jobs', 'paused', 'parts'],
  say: (info) => `${counts(info)} ${[...problems(info), ...failures(info)].join(' ') || health(info)}`,
  brief: (info) => ({
    ...info,
    by_owner: info.by_owner.slice(0, MAX_ROWS),
    by_error: info.by_error.slice(0, MAX_ROWS),
    problems: info.problems.slice(0, MAX_ROWS).map((problem) => ({ ...problem, hint: hintOf(problem) })),
    workers: info.workers
      .slice(0, MAX_ROWS)
      .map((worker) => ({ ...worker, running: worker.running.slice(0, MAX_ROWS) })),
  }),
});

function counts(info: QueueInfo): string {
  const ended = `${info.finished_jobs} finished, ${info.failed_jobs} failed, ${info.canceled_jobs} canceled`;
  const live = `${info.queued_jobs} queued, ${info.started_jobs} started, ${info.deferred_jobs} deferred, ${info.scheduled_jobs} scheduled`;
  const oldest = info.oldest_queued_s === null ? '' : ` The oldest has waited ${info.oldest_queued_s} s.`;
  const workers = `${info.workers.length} worker${info.workers.length === 1 ? '' : 's'}, ${info.agent_slots} agent slots.`;
  return `Queue ${info.name}: ${live}; ${ended}.${oldest} ${workers}`;
}

function problems(info: QueueInfo): string[] {
  return info.problems.slice(0, MAX_ROWS).map((problem) => {
    const { since, jobs, examples } = problem;
    const from = since === null ? '' : ` It began ${relativeTime(since)}.`;
    const which = examples.length === 0 ? '' : ` (${examples.join(', ')}${jobs > examples.length ? ', …' : ''})`;
    const wait = jobs === 0 ? '' : ` ${jobs} ${jobs === 1 ? 'job waits' : 'jobs wait'}${which}.`;
    return `${causeOf(problem)}${from}${wait} ${hintOf(problem)}`;
  });
}

/** What Temporal or an agent said is shown as data: only the title is ours. */
function causeOf({ code, message }: Problem): string {
  const title = isKnown(code) ? `${ERRORS[code].title}.` : undefined;
  if (title === undefined || message === title) return message;
  return `${title} ${untrustedBlock({ message }, 300, 'stored-message')}`;
}

const hintOf = ({ code, hint }: Problem) => (isKnown(code) ? hintForModels(code, hint) : hint);

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/** Only what was looked at is called well. */
function health({ parts }: QueueInfo): string {
  const unknown = [
    ...(parts.engine === 'unknown' ? ['Temporal'] : []),
    ...(parts.agent === 'unknown' ? ['the OCR agent'] : []),
  ];
  return unknown.length === 0 ? 'All parts are well.' : `No problem is known; not asked yet: ${unknown.join(', ')}.`;
}

function failures(info: QueueInfo): string[] {
  const rows = info.by_error.slice(0, MAX_ROWS).map(({ code, failed }) => `${code} ${failed}`);
  return rows.length === 0 ? [] : [`Failed by error: ${rows.join(', ')}.`];
}
