import type { OutputOf } from '../../src/contract/queue-api.ts';
import { tool } from '../tool.ts';

type QueueInfo = OutputOf<'queueInfo'>;

/** Rows of each list in an answer: the busiest come first. */
const MAX_ROWS = 5;

export const queueInfo = tool({
  operation: 'queueInfo',
  title: 'Queue overview',
  description: 'Job counts by state, ages, errors, workers; whether it is paused or a part is down.',
  lists: ['count', 'failed_jobs', 'paused', 'parts'],
  say: (info) => `${counts(info)} ${[...obstacles(info), ...failures(info)].join(' ') || 'All parts are well.'}`,
  brief: (info) => ({
    ...info,
    by_owner: info.by_owner.slice(0, MAX_ROWS),
    by_error: info.by_error.slice(0, MAX_ROWS),
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

function obstacles(info: QueueInfo): string[] {
  const { paused, parts } = info;
  const since = parts.engine_since === null ? '' : ` since ${parts.engine_since}`;
  return [
    ...(paused ? [`Paused since ${paused.since}: jobs are accepted and wait until a person resumes it.`] : []),
    ...(parts.engine === 'down' ? [`Temporal is down${since}: jobs are accepted and run when it returns.`] : []),
    ...(parts.workers === 'none' ? ['No worker runs: start one with pantry-queue up or pantry-queue worker.'] : []),
  ];
}

function failures(info: QueueInfo): string[] {
  const rows = info.by_error.slice(0, MAX_ROWS).map(({ code, failed }) => `${code} ${failed}`);
  return rows.length === 0 ? [] : [`Failed by error: ${rows.join(', ')}.`];
}
