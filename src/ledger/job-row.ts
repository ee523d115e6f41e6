import type { JobResult } from '../contract/fields.ts';
import type { Phase, Status } from '../contract/job.ts';
import { UnsafeInteger } from './connection/database-error.ts';
import { type WaitFacts, waitFacts } from './insight/wait-facts.ts';

/** What a job's own row says in an answer. */
const OWN_COLUMNS = [
  'generation',
  'user_id',
  'batch_id',
  'priority',
  'status',
  'phase',
  'state_since',
  'created_at',
  'run_at',
  'give_up_at',
  'started_at',
  'ended_at',
  'expired_at',
  'superseded',
  'attempt',
  'attempts_charged',
  'next_attempt_at',
  'error_code',
  'error_message',
  'result',
] as const satisfies readonly (keyof JobRow)[];

/** What an answer about a job is made of: its row of `pantry_queue.jobs`, and what stands beside it. */
export type JobRow = {
  kind: string;
  subject: number;
  generation: number;
  user_id: number;
  batch_id: string | null;
  priority: number;
  status: Status;
  phase: Phase | null;
  state_since: Date;
  created_at: Date;
  run_at: Date | null;
  give_up_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
  expired_at: Date | null;
  /** A later generation of the job exists. */
  superseded: boolean;
  attempt: number;
  attempts_charged: number;
  next_attempt_at: Date | null;
  error_code: string | null;
  error_message: string | null;
  result: JobResult | null;
  /** Null when it has ended. */
  wait: WaitFacts | null;
  /** Its subject was deleted. */
  subject_gone: boolean;
  now: Date;
};

/**
 * SQL of each field of a JobRow.
 * @param job alias of a jobs row; what its kind's look-up finds, `r`, must be joined
 */
const fieldsOf = (job: string): readonly (readonly [name: string, sql: string])[] => [
  ...[...OWN_COLUMNS, 'kind', 'subject'].map((column) => [column, `${job}.${column}`] as const),
  ['wait', waitFacts(job)],
  ['subject_gone', 'r.subject is null'],
  ['now', 'now()'],
];

/** SQL: a JobRow as columns. */
export const jobColumns = (job: string): string =>
  fieldsOf(job)
    .map(([name, sql]) => `${sql} as ${name}`)
    .join();

/**
 * SQL: a JobRow as one document, which `jobOf` reads: each column costs the driver as much as a step of the plan.
 * @param further fields: a name and SQL of each
 */
export const jobDocument = (job: string, further: Readonly<Record<string, string>>): string =>
  `json_build_object(${[...fieldsOf(job), ...Object.entries(further)].map(([name, sql]) => `'${name}', ${sql}`)})`;

const NOW = ['now'] as const;
const TIMES = OWN_COLUMNS.filter((column) => column.endsWith('_at') || column === 'state_since');

/**
 * A document of `jobDocument` as the row that it tells of.
 * @param further times among its further fields
 * @throws UnsafeInteger for an id that no number holds
 */
export function jobOf<Row extends JobRow>(document: Row, further: readonly (keyof Row & string)[]): Row {
  const row = document as Record<string, unknown>;
  for (const name of ['subject', 'user_id']) {
    if (!Number.isSafeInteger(row[name])) throw new UnsafeInteger(`${name} ${row[name]} is beyond the safe integers`);
  }
  for (const names of [TIMES, further, NOW]) {
    for (const name of names) if (row[name] !== null) row[name] = new Date(row[name] as string);
  }
  return document;
}
