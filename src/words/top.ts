import type { OutputOf } from '../contract/queue-api.ts';
import { durationText } from './duration.ts';
import { hintForCommands } from './hints-for-commands.ts';
import { table } from './table.ts';

type Info = OutputOf<'queueInfo'>;

const MAX_ROWS = 8;

const count = (
  info: Info,
  word: 'queued' | 'started' | 'deferred' | 'scheduled' | 'failed' | 'finished' | 'canceled',
) => `${word} ${info[`${word}_jobs`]}`;

/** The queue in one line, for a pipe. */
export function topLine(info: Info): string {
  const { workers, agent_slots: slots, problems } = info;
  const busy = workers.reduce((sum, { running }) => sum + running.length, 0);
  return [
    info.as_of.slice(11, 19),
    (['queued', 'started', 'deferred', 'failed', 'finished'] as const).map((word) => count(info, word)).join(', '),
    `workers ${workers.length}, ${busy} of ${slots} slots`,
    problems.length === 0 ? 'all parts are well' : problems.map(({ code }) => code).join(', '),
  ].join(' · ');
}

/**
 * The queue on one page of a terminal.
 * @param before the page before this one, for what has ended since
 */
export function topPage(info: Info, before: Info | undefined): string[] {
  const { parts, paused, problems, oldest_queued_s: oldest } = info;
  const seconds = before ? (Date.parse(info.as_of) - Date.parse(before.as_of)) / 1_000 : 0;
  const ended = before ? info.finished_jobs - before.finished_jobs : 0;
  return [
    `${info.name} at ${info.as_of.slice(11, 19)} UTC${paused ? `  PAUSED by ${paused.by}${paused.reason ? `: ${paused.reason}` : ''}` : ''}`,
    '',
    (['queued', 'started', 'deferred', 'scheduled'] as const).map((word) => count(info, word)).join('   '),
    (['finished', 'failed', 'canceled'] as const).map((word) => count(info, word)).join('   '),
    [
      oldest === null ? 'nothing waits' : `the oldest waits for ${durationText(oldest)}`,
      ...(seconds > 0 && ended > 0 ? [`${Math.round((ended / seconds) * 60)} finished a minute`] : []),
      ...(info.reviews.open > 0 ? [`${info.reviews.open} to review`] : []),
    ].join(' · '),
    `ledger ${parts.ledger} · temporal ${parts.engine} · workers ${parts.workers} · agent ${parts.agent}`,
    '',
    ...problems.flatMap(({ code, message, hint }) => [`! ${message}`, `  ${hintForCommands(code, hint)}`]),
    ...(problems.length > 0 ? [''] : []),
    ...workerRows(info),
    ...ownerRows(info),
    ...info.by_error.slice(0, MAX_ROWS).map(({ code, failed }) => `failed with ${code}: ${failed}`),
  ];
}

function workerRows({ workers }: Info): string[] {
  if (workers.length === 0) return ['No worker runs.', ''];
  const shown = workers.slice(0, MAX_ROWS);
  return [
    ...table([
      ['worker', 'busy', 'reads'],
      ...shown.map(({ name, slots, running, stopping }) => [
        name,
        `${running.length} of ${slots}${stopping ? ', stopping' : ''}`,
        running.join(' ') || '–',
      ]),
    ]),
    ...(workers.length > shown.length ? [`… and ${workers.length - shown.length} more`] : []),
    '',
  ];
}

function ownerRows({ by_owner: owners }: Info): string[] {
  if (owners.length === 0) return [];
  const rows = owners
    .slice(0, MAX_ROWS)
    .map(({ user_id, queued, started, deferred }) => [user_id, queued, started, deferred].map(String));
  return [...table([['user', 'queued', 'started', 'deferred'], ...rows]), ''];
}
