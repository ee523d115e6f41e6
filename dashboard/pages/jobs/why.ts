import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { dueOf } from '../../words/times.ts';

export type FoundJob = OutputOf<'findJobs'>['jobs'][number];

/** In a few words, what the state does not say alone: which attempt, what it met, when the next one is. */
export function whyOf(job: FoundJob, nowMs: number): string {
  const { status, phase, error_code, attempts, next_attempt_at, needs_review } = job;
  const tries = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const next = next_attempt_at === null ? '' : `, next try ${dueOf(next_attempt_at, nowMs)}`;
  switch (status) {
    case 'failed':
      return [error_code, tries].filter(Boolean).join(' · ');
    case 'deferred':
      if (phase === 'backoff') return `${error_code ?? 'the last attempt failed'}${next}`;
      return phase === 'parked' ? `the agent is unavailable${next}` : '';
    case 'queued':
      return attempts > 0 ? `after ${tries}` : '';
    case 'started':
      return phase === 'agent' ? `attempt ${attempts}` : '';
    case 'finished':
      return needs_review ? 'a person should look at it' : '';
    case 'scheduled':
    case 'canceled':
      return '';
  }
}
