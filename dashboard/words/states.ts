/** What each state of a job is called on a page, with its icon and tone: colour is never alone. */
import type { State, Status } from '../../src/contract/job.ts';

/** The statuses, and receipts that wait for a person. */
export type Tone = Status | 'review';

/** The icons of states, by what they show; `ui/icons.ts` has their pictures. */
export type StateIcon = 'calendar' | 'clock' | 'play' | 'pause' | 'check' | 'cross' | 'dash' | 'eye';

export interface StateWords {
  readonly word: string;
  readonly icon: StateIcon;
  readonly tone: Tone;
}

export const STATE_WORDS = {
  scheduled: { word: 'Scheduled', icon: 'calendar', tone: 'scheduled' },
  'deferred/dependency': { word: 'Waiting for other jobs', icon: 'pause', tone: 'deferred' },
  'deferred/parked': { word: 'Parked', icon: 'pause', tone: 'deferred' },
  'deferred/backoff': { word: 'Waiting for its next try', icon: 'pause', tone: 'deferred' },
  'deferred/paused': { word: 'Paused', icon: 'pause', tone: 'deferred' },
  'queued/admission': { word: 'Waiting for its turn', icon: 'clock', tone: 'queued' },
  'queued/worker': { word: 'Waiting for a worker', icon: 'clock', tone: 'queued' },
  'started/agent': { word: 'Reading', icon: 'play', tone: 'started' },
  'started/saving': { word: 'Saving', icon: 'play', tone: 'started' },
  'started/canceling': { word: 'Canceling', icon: 'play', tone: 'started' },
  finished: { word: 'Finished', icon: 'check', tone: 'finished' },
  failed: { word: 'Failed', icon: 'cross', tone: 'failed' },
  canceled: { word: 'Canceled', icon: 'dash', tone: 'canceled' },
} as const satisfies Readonly<Record<State, StateWords>>;

/** A finished job whose receipt waits for a person. */
export const NEEDS_REVIEW: StateWords = { word: 'Needs review', icon: 'eye', tone: 'review' };

/** What a status is called where jobs are counted by it. */
export const STATUS_WORDS = {
  queued: { word: 'Queued', icon: 'clock', tone: 'queued' },
  started: { word: 'Reading', icon: 'play', tone: 'started' },
  deferred: { word: 'Waiting', icon: 'pause', tone: 'deferred' },
  scheduled: { word: 'Scheduled', icon: 'calendar', tone: 'scheduled' },
  finished: { word: 'Finished', icon: 'check', tone: 'finished' },
  failed: { word: 'Failed', icon: 'cross', tone: 'failed' },
  canceled: { word: 'Canceled', icon: 'dash', tone: 'canceled' },
} as const satisfies Readonly<Record<Status, StateWords>>;

/**
 * The words of a job as an answer has it.
 * @param phase null or absent where the status says all; one that this version does not know is left out
 */
export function wordsOf(status: Status, phase?: string | null): StateWords {
  const state = phase ? `${status}/${phase}` : status;
  return state in STATE_WORDS ? STATE_WORDS[state as State] : STATUS_WORDS[status];
}
