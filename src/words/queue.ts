import type { OutputOf } from '../contract/queue-api.ts';
import { limitLine } from './caps.ts';
import { hintForCommands } from './hints-for-commands.ts';
import { workerLine } from './workers.ts';

const WHO_ACTS = { operator: '', owner: 'The owner: ', nobody: 'Nobody has to act. ' } as const;

/** Counts, parts and problems of the queue. */
export function queueText(info: OutputOf<'queueInfo'>): string[] {
  const { parts, paused, problems } = info;
  return [
    `${info.name}: ${info.queued_jobs} queued, ${info.started_jobs} started, ${info.deferred_jobs} deferred, ${info.scheduled_jobs} scheduled`,
    `  ended: ${info.finished_jobs} finished, ${info.failed_jobs} failed, ${info.canceled_jobs} canceled`,
    ...(info.reviews.open === 0 ? [] : [`  receipts to look at: ${info.reviews.open}`]),
    ...(info.oldest_queued_s === null ? [] : [`  oldest queued: ${info.oldest_queued_s} s`]),
    ...info.by_error.map(({ code, failed }) => `  failed with ${code}: ${failed}`),
    ...info.workers.map((worker) => `  ${workerLine(worker)}`),
    ...info.limits.filter(({ in_flight }) => in_flight?.limit !== 0).map((limit) => `  limit: ${limitLine(limit)}`),
    ...problems.flatMap(({ code, message, since, jobs, examples, hint, who_acts }) => [
      `  ! ${message}${since === null ? '' : ` Since ${since}.`}${jobs === 0 ? '' : ` Waiting: ${jobs}${examples.length === 0 ? '' : ` (${examples.join(', ')})`}.`}`,
      `    ${WHO_ACTS[who_acts]}${hintForCommands(code, hint)}`,
    ]),
    ...(problems.length > 0 || parts.agent === 'unknown' || parts.engine === 'unknown' ? [] : ['  all parts are well']),
    ...(paused?.reason ? [`  paused by ${paused.by}: ${paused.reason}`] : []),
  ];
}
