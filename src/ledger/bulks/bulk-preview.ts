import { generationIdOf } from '../../contract/job.ts';
import type { JobFilter } from '../../contract/job-filter.ts';
import { BULK } from '../../contract/policies.ts';
import type { JobKinds } from '../../jobs/job-type.ts';
import type { Db } from '../db.ts';
import type { Whose } from '../job-filter.ts';
import {
  candidates,
  type FilteredOperation,
  hasStoredReply,
  oldestOf,
  type Place,
  placeOfLast,
} from './bulk-members.ts';

/** What an operation wants to know of its jobs. */
interface Told {
  /** Of a redrive: those with a paid reply. */
  readonly stored?: number;
  /** Of a cancel: how far they have come. */
  readonly uncalled?: number;
  readonly aborting?: number;
}

const TOLD: Readonly<Record<FilteredOperation, { each: (kinds: JobKinds) => string; all: string }>> = {
  clear_failed_jobs: { each: () => '', all: `jsonb_build_object('jobs', count(*))` },
  redrive_failed_jobs: {
    each: (kinds) => `, ${hasStoredReply(kinds)} as stored`,
    all: `jsonb_build_object('stored', count(*) filter (where stored))`,
  },
  cancel_jobs: {
    each: () => `, j.attempt = 0 as uncalled, j.attempt > 0 and j.status = 'started' as aborting`,
    all: `jsonb_build_object('uncalled', count(*) filter (where uncalled), 'aborting', count(*) filter (where aborting))`,
  },
};

/** What a preview has found. */
export interface Previewed {
  /** Jobs that a confirmation acts on: the oldest, where there are more than a bulk may hold. */
  readonly total: number;
  /** All that the filter finds; undefined = more than a bulk may hold, and nobody counted how many. */
  readonly matching: number | undefined;
  readonly sample: readonly string[];
  readonly told: Told;
  readonly seen: {
    readonly snapshot: string;
    readonly at: string;
    readonly epoch: number;
    /** The last job of the bulk, where there are more. */
    readonly last: Place | null;
  };
}

type Row = {
  counted: number | null;
  found: number | null;
  last: Place | null;
  told: Told;
  sample: { kind: string; subject: number; generation: number }[];
  snapshot: string;
  at: string;
  epoch: number;
};

/** SQL: not read where the counters have said that a bulk holds them all. */
const UNCOUNTED = `(select coalesce(n, ${BULK.jobs} + 1) > ${BULK.jobs} from counted)`;

/** SQL: the number of failed jobs as the counters keep it, exact and at no cost, where they know the filter. */
function countedBy(filter: JobFilter, { tenant, userId }: Whose): { sql: string; values: unknown[] } | undefined {
  const { user_id: _, error_code, ...others } = filter;
  if (Object.values(others).some((value) => value !== undefined)) return undefined;
  return {
    sql: `(select coalesce(sum(n), 0)::int from pantry_queue.counts
           where tenant_id = $1 and user_id = $2 and status = 'failed' and ($3::text is null or error_code = $3))`,
    values: [tenant, userId ?? 0, error_code ?? null],
  };
}

/**
 * What an operation would act on now, in one statement and so of one snapshot. Where the counters know the number and a
 * bulk holds all, only a sample is read; else at most as many jobs as a bulk holds.
 * @throws AppError search_too_broad
 */
export async function previewBulk(
  db: Db,
  operation: FilteredOperation,
  filter: JobFilter,
  whose: Whose,
): Promise<Previewed> {
  const counted = operation === 'clear_failed_jobs' ? countedBy(filter, whose) : undefined;
  const told = TOLD[operation];
  const first = (counted?.values.length ?? 0) + 1;
  const { sql, values, from } = candidates(db.kinds, operation, filter, whose, first);
  const [row] = await db.search.query<Row>(
    `with counted as materialized (select ${counted?.sql ?? 'null::int'} as n
), found as materialized (
  ${oldestOf(operation, from, told.each(db.kinds), `${sql} and ${UNCOUNTED}`, `${BULK.jobs + 1}`)}
), held as (
  select * from found limit ${BULK.jobs}
), sampled as (
  ${oldestOf(operation, from, ', j.kind, j.subject, j.generation', sql, `${BULK.sample}`)}
)
select c.n as counted, f.found,
  ${placeOfLast(operation, 'held')} as last,
  (select ${told.all} from held) as told,
  (select coalesce(jsonb_agg(to_jsonb(s)), '[]') from sampled s) as sample,
  pg_current_snapshot()::text as snapshot, now()::text as at, (select max(epoch) from pantry_queue.epochs) as epoch
from counted c cross join (select count(*)::int as found from found) f`,
    [...(counted?.values ?? []), ...values],
  );
  if (!row) throw new Error('the preview has no answer');
  const { found, snapshot, at, epoch } = row;
  const hasAll = row.counted !== null && row.counted <= BULK.jobs;
  const number = hasAll ? (row.counted ?? 0) : (found ?? 0);
  const total = Math.min(number, BULK.jobs);
  return {
    total,
    matching: row.counted ?? (number > BULK.jobs ? undefined : number),
    sample: row.sample.map(generationIdOf),
    told: row.told,
    seen: { snapshot, at, epoch, last: number > BULK.jobs ? row.last : null },
  };
}
