/**
 * The words of the queue, and the one table of states.
 *
 * - job: one piece of work of a kind about a subject. `ocr-17` names the latest generation of kind `ocr` about receipt 17,
 *   `ocr-17.2` an exact one.
 * - generation: 1, 2, …: each deliberate re-run.
 * - run: how often a generation was started in an engine; the fence token of everything the engine writes back.
 * - attempt: one call of what does the work; of `ocr`, the agent.
 * - owner: tenant and user.
 *
 * Workflow-safe: no imports, no Node, no zod.
 */

/** The replaced system's seven words. */
export const STATUSES = ['scheduled', 'deferred', 'queued', 'started', 'finished', 'failed', 'canceled'] as const;
export type Status = (typeof STATUSES)[number];

export const PHASES = [
  'dependency',
  'parked',
  'backoff',
  'paused',
  'admission',
  'worker',
  'agent',
  'saving',
  'canceling',
] as const;
export type Phase = (typeof PHASES)[number];

/** A status with its phase, written `status` or `status/phase`. */
export type State =
  | 'scheduled'
  | 'deferred/dependency'
  | 'deferred/parked'
  | 'deferred/backoff'
  | 'deferred/paused'
  | 'queued/admission'
  | 'queued/worker'
  | 'started/agent'
  | 'started/saving'
  | 'started/canceling'
  | 'finished'
  | 'failed'
  | 'canceled';

/** Where a new generation may begin. */
export const INITIAL_STATES: readonly State[] = ['scheduled', 'deferred/dependency', 'queued/admission'];

const ENDED_BEFORE_THE_AGENT: readonly State[] = ['failed', 'canceled'];

/** In the engine, and between two calls of the agent: all of these may go to each other, to an agent, or to an end. */
const BETWEEN_CALLS: readonly State[] = ['queued/worker', 'deferred/backoff', 'deferred/paused'];
const FROM_BETWEEN_CALLS: readonly State[] = [
  ...BETWEEN_CALLS,
  // The agent is away: the job leaves the engine until it recovers.
  'deferred/parked',
  'started/agent',
  // The reply of an earlier attempt or run is found stored: no further call is paid.
  'started/saving',
  ...ENDED_BEFORE_THE_AGENT,
];

/**
 * Every allowed change of state; what is not here the database refuses. The guard in the database is generated from
 * this table (`src/ledger/functions/transitions.sql`), and a test holds the two together.
 */
export const TRANSITIONS: Readonly<Record<State, readonly State[]>> = {
  scheduled: ['queued/admission', ...ENDED_BEFORE_THE_AGENT],
  // What it waited for has ended before its own time has come.
  'deferred/dependency': ['scheduled', 'queued/admission', ...ENDED_BEFORE_THE_AGENT],
  'queued/admission': ['queued/worker', ...ENDED_BEFORE_THE_AGENT],
  'queued/worker': FROM_BETWEEN_CALLS.filter((state) => state !== 'queued/worker'),
  'deferred/parked': ['queued/admission', ...ENDED_BEFORE_THE_AGENT],
  'deferred/backoff': FROM_BETWEEN_CALLS.filter((state) => state !== 'deferred/backoff'),
  'deferred/paused': FROM_BETWEEN_CALLS.filter((state) => state !== 'deferred/paused'),
  'started/agent': [
    ...BETWEEN_CALLS,
    'deferred/parked',
    'started/saving',
    'started/canceling',
    ...ENDED_BEFORE_THE_AGENT,
  ],
  // A worker that dies before saving hands the job back; the stored reply is found by the next one.
  'started/saving': [...BETWEEN_CALLS, 'finished', ...ENDED_BEFORE_THE_AGENT],
  'started/canceling': ['canceled'],
  finished: [],
  failed: [],
  canceled: [],
};

export const TERMINAL_STATUSES = ['finished', 'failed', 'canceled'] as const satisfies readonly Status[];

export function isTerminal(status: Status): boolean {
  return (TERMINAL_STATUSES as readonly Status[]).includes(status);
}

/** What becomes of a job when one that it waits for ends without a result. */
export const ON_PARENT_FAILURE = ['fail', 'cancel', 'run'] as const;
export type OnParentFailure = (typeof ON_PARENT_FAILURE)[number];

export const PRIORITIES = ['high', 'default', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];
/** Temporal's priority keys; the ledger stores the same numbers, so a lower number goes first in both. */
export const PRIORITY_KEYS: Readonly<Record<Priority, number>> = { high: 1, default: 3, low: 5 };

export function priorityOf(key: number): Priority {
  return key <= 1 ? 'high' : key >= 5 ? 'low' : 'default';
}

/** Ids are `bigint`, and numbers on the wire: exact up to here. */
export const MAX_ID = Number.MAX_SAFE_INTEGER;
/** Generations, runs and attempts are `integer`. */
export const MAX_COUNT = 2_147_483_647;

/** What is done, about what: kind `ocr`, subject 17. */
export interface Subject {
  readonly kind: string;
  readonly subject: number;
}

/** One generation of the job about a subject. */
export interface JobKey extends Subject {
  readonly generation: number;
}

/** The fence of everything that the engine writes back: a generation, and the run that is current. */
export interface RunKey extends JobKey {
  readonly runNo: number;
}

/** A generation, or the latest one where that is undefined. */
export interface AskedJob extends Subject {
  readonly generation: number | undefined;
}

/** The subject of the job that reads a receipt. */
export function ocrOf(receiptId: number): Subject {
  return { kind: 'ocr', subject: receiptId };
}

/** The id of the latest generation: `ocr-17`. */
export function jobIdOf({ kind, subject }: Subject): string {
  return `${kind}-${subject}`;
}

/** The id of an exact generation: the first is written `ocr-17`, later ones `ocr-17.<n>`. */
export function generationIdOf(key: JobKey): string {
  return key.generation === 1 ? jobIdOf(key) : `${jobIdOf(key)}.${key.generation}`;
}

/** The same with its number in any case: `ocr-17.1` names the first generation, whatever comes after it. */
export function exactIdOf(key: JobKey): string {
  return `${jobIdOf(key)}.${key.generation}`;
}

/** What an answer about an exact generation calls it: where a later one exists, `ocr-17` names that. */
export function answeredIdOf(key: JobKey & { readonly superseded: boolean }): string {
  return key.superseded ? exactIdOf(key) : generationIdOf(key);
}

/**
 * The `Idempotency-Key` of every call of the agent for one generation: `ocr-17:1:<ledger id>`. One agent may serve several
 * ledgers, whose receipts have the same numbers.
 */
export function callKeyOf(key: JobKey, ledgerId: string): string {
  return `${jobIdOf(key)}:${key.generation}:${ledgerId}`;
}

/** How a kind may be called: its name stands in ids, and in names of SQL functions. */
const KIND = '[a-z][a-z0-9_]{0,19}';
const JOB_ID = new RegExp(`^(${KIND})-([1-9][0-9]{0,15})(?:\\.([1-9][0-9]{0,8}))?$`);

export function isKindName(text: string): boolean {
  return new RegExp(`^${KIND}$`).test(text);
}

/**
 * Reads `ocr-17` (the latest generation: `generation` is undefined) or `ocr-17.2`, of any kind.
 * @returns undefined when the text is no job id
 */
export function parseJobId(text: string): AskedJob | undefined {
  const [, kind, id, generation] = JOB_ID.exec(text) ?? [];
  if (kind === undefined || Number(id) > MAX_ID) return undefined;
  return { kind, subject: Number(id), generation: generation === undefined ? undefined : Number(generation) };
}

/** What the workflow is started with, whatever the kind: ids only, never bytes or text of a subject. */
export interface RunArgs {
  readonly ledgerId: string;
  /** Of the latest generation: `ocr-17`. It names kind and subject. */
  readonly jobId: string;
  readonly generation: number;
  readonly runNo: number;
}

/** What the workflow returns when it completes. */
export interface RunOutcome {
  readonly outcome: 'finished' | 'not_current';
  /** Why the ledger said that this run is not current; absent when finished. */
  readonly reason?: string;
}
