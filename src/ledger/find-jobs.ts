import type { Phase, Status } from '../contract/job.ts';
import type { JobFilter } from '../contract/job-filter.ts';
import { LIMITS } from '../contract/policies.ts';
import type { JobKinds } from '../jobs/job-type.ts';
import type { Db } from './db.ts';
import { jobCondition, namedLike, subjectOf, type Whose } from './job-filter.ts';
import { orderOf, type Walk, type WalkOrder, walksOf } from './job-walks.ts';
import { type Key, type KeyColumn, keyset } from './keyset.ts';

/** A job as lists show it. */
export type FoundJob = {
  job_no: number;
  kind: string;
  subject: number;
  generation: number;
  user_id: number;
  status: Status;
  phase: Phase | null;
  priority: number;
  batch_id: string | null;
  attempt: number;
  error_code: string | null;
  fingerprint: string | null;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
  next_attempt_at: Date | null;
  cleared_at: Date | null;
  /** What lists show of its subject; `name` is the merchant of a receipt. */
  about: {
    readonly name: string | null;
    readonly total_amount?: string | null;
    readonly currency?: string | null;
    readonly needs_review?: boolean;
  } | null;
  /** `ended_at` to the microsecond, as cursors need it. */
  ended_place: string | null;
};

const COLUMNS = `j.job_no, j.kind, j.subject, j.generation, j.user_id, j.status, j.phase, j.priority, j.batch_id, j.attempt,
  j.error_code, j.fingerprint, j.created_at, j.started_at, j.ended_at, j.next_attempt_at, j.cleared_at,
  j.ended_at::text as ended_place`;

const ORDERS: Readonly<Record<WalkOrder, readonly KeyColumn[]>> = {
  accepted: [{ sql: 'j.job_no', type: 'bigint' }],
  ended: [
    { sql: 'j.ended_at', type: 'timestamptz' },
    { sql: 'j.job_no', type: 'bigint' },
  ],
};

/** Of a list of found jobs: the place of one of them. */
export function placeOf(filter: JobFilter, { job_no, ended_place }: FoundJob): Key {
  return orderOf(filter) === 'ended' ? [ended_place ?? '', job_no] : [job_no];
}

/** Numbers that are given at the same time may be out of order by as long as the longest statement takes. */
const NUMBERED_WITHIN = `interval '1 minute'`;

export interface Found {
  readonly rows: FoundJob[];
  /** So far was searched, and there is more to search; absent: the rows say where to go on, or there are no more. */
  readonly searchedTo?: Key;
}

/**
 * The jobs of a filter, newest first: a page of those behind a place. Each part of the jobs is walked in the order of an
 * index, and at most `LIMITS.searchedRows` of it are looked at, so a page costs the same however many jobs there are; one
 * that had to look at many may hold less than was asked for, and says where to go on.
 * @throws AppError search_too_broad
 */
export async function findJobs(
  db: Db,
  filter: JobFilter,
  whose: Whose,
  { after, limit }: { readonly after: Key | undefined; readonly limit: number },
): Promise<Found> {
  const subjects = filter.merchant === undefined ? undefined : await fewNamed(db, filter.merchant);
  const statement = statementOf(db.kinds, filter, whose, subjects, { after, limit });
  if (!statement) return { rows: [] };
  const { text, values } = statement;
  const found = await db.search.query<FoundJob & { fits: boolean; stops: boolean }>(text, values);
  // What lies behind the place where a walk stopped, others may have found: it is for the next page.
  const last = found.findIndex(({ stops }) => stops);
  const known = last < 0 ? found : found.slice(0, last + 1);
  const rows = known.filter(({ fits }) => fits).slice(0, limit);
  const stop = last < 0 ? undefined : found[last];
  return stop === undefined || rows.length === limit ? { rows } : { rows, searchedTo: placeOf(filter, stop) };
}

/** @returns the subjects whose names begin so; undefined where they are too many to be looked up one by one */
async function fewNamed(db: Db, begins: string): Promise<number[] | undefined> {
  const { sql, values } = namedLike(db.kinds, begins);
  const most = LIMITS.searchedRows / 2;
  const rows = await db.search.query<{ subject: number }>(`${sql} limit ${most + 1}`, values);
  return rows.length > most ? undefined : rows.map(({ subject }) => subject);
}

/** @returns undefined where no job can be what the filter says, as one that is with an agent and has ended */
function statementOf(
  kinds: JobKinds,
  filter: JobFilter,
  whose: Whose,
  subjects: readonly number[] | undefined,
  { after, limit }: { readonly after: Key | undefined; readonly limit: number },
): { text: string; values: unknown[] } | undefined {
  // The members of a batch are what its walk reads.
  const { batch_id: _batch, ...ofWalks } = filter;
  const condition = jobCondition(kinds, filter.receipt_id === undefined ? ofWalks : filter, whose);
  const values = [...condition.values];
  const param = (given: unknown, type: string) => {
    values.push(given);
    return `$${values.length}::${type}`;
  };
  const order = orderOf(filter);
  const { orderBy, after: behind } = keyset('desc', ORDERS[order]);
  const place = behind(after, values.length + 1);
  values.push(...(after ?? []));
  const { created_after: since, created_before: until } = filter;
  const numbered = [
    ...(since === undefined || order === 'ended'
      ? []
      : [`j.job_no >= (select pantry_queue.job_no_at(${param(since, 'timestamptz')} - ${NUMBERED_WITHIN}))`]),
    ...(until === undefined || order === 'ended'
      ? []
      : [
          `j.job_no < (select coalesce(pantry_queue.job_no_at(${param(until, 'timestamptz')} + ${NUMBERED_WITHIN}),
             ${Number.MAX_SAFE_INTEGER}))`,
        ]),
  ];
  const within = [place, ...numbered].join(' and ');
  const rows = param(limit, 'int');
  const walks = walksOf(kinds, filter, whose, subjects, param);
  const parts = walks.map((walk) => walkOf(walk, { condition: condition.sql, within, orderBy, rows }));
  if (parts.length === 0) return undefined;
  // Each that was found is read by its key: joined, the planner would walk all jobs to have them in order.
  const text = `with walked as materialized (
${parts.map((part) => `(${part})`).join('\nunion all\n')}
)
select ${COLUMNS}, w.fits, w.stops, ${subjectOf(kinds)} as about
from walked w cross join lateral (select * from pantry_queue.jobs j where j.job_no = w.job_no offset 0) j ${orderBy}`;
  return { text, values };
}

function walkOf(
  { where, inOrder, only = 'true' }: Walk,
  { condition, within, orderBy, rows }: { condition: string; within: string; orderBy: string; rows: string },
): string {
  if (!inOrder) {
    // "offset 0": it is gathered as it is, and never by a walk over all jobs in the order of the list.
    return `select j.job_no, true as fits, false as stops
  from (select * from pantry_queue.jobs j where ${where} offset 0) j where ${condition} and ${within} ${orderBy} limit ${rows}`;
  }
  // Each row is looked at when it is asked for, and nobody asks beyond the limit.
  return `select w.job_no, w.fits, w.nth = ${LIMITS.searchedRows} as stops from (
    select j.job_no, (${condition} and ${only}) as fits, row_number() over () as nth
    from (select * from pantry_queue.jobs j where ${where} and ${within} ${orderBy} limit ${LIMITS.searchedRows}) j
  ) w where w.fits or w.nth = ${LIMITS.searchedRows} limit ${rows}`;
}
