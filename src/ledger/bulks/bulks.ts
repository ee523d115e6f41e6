import type { BulkOperation } from '../../contract/bulk.ts';
import { PRIORITY_KEYS, type Priority } from '../../contract/job.ts';
import type { JobFilter } from '../../contract/job-filter.ts';
import { BULK } from '../../contract/policies.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import type { Condition } from '../job-filter.ts';
import {
  candidates,
  type FilteredOperation,
  oldestOf,
  type Place,
  type SeenMoment,
  seenBefore,
  upTo,
} from './bulk-members.ts';

/** A bulk, as its row says. */
export type BulkRow = {
  bulk_no: number;
  bulk_id: string;
  user_id: number;
  operation: BulkOperation;
  filter: JobFilter;
  total: number;
  outcomes: Readonly<Record<Outcome, number>>;
  rate_per_minute: number | null;
  created_at: Date;
  ended_at: Date | null;
  now: Date;
};

/** `done`, `skipped` or `failed`; of the last two, and of a cancel's `done`, which: `skipped/retried`. */
export type Outcome = 'done' | `${'done' | 'skipped' | 'failed'}/${string}`;
const COLUMNS = `b.bulk_no, b.bulk_id, b.user_id, b.operation, b.filter, b.total, b.outcomes, b.rate_per_minute,
  b.created_at, b.ended_at, now() as now`;

/** @param onlyUser whose bulks may be read; undefined: anybody's in the tenant */
export async function readBulk(
  db: Queryable,
  tenant: string,
  bulkId: string,
  onlyUser: number | undefined,
): Promise<BulkRow | undefined> {
  const [row] = await db.query<BulkRow>(
    `select ${COLUMNS} from pantry_queue.bulks b
     where b.bulk_id = $1 and b.tenant_id = $2 and ($3::bigint is null or b.user_id = $3)`,
    [bulkId, tenant, onlyUser ?? null],
  );
  return row;
}

/** The latest clearing that a user has made, of those that have cleared something or still may. */
export async function readLatestClearing(db: Queryable, tenant: string, userId: number): Promise<BulkRow | undefined> {
  const [row] = await db.query<BulkRow>(
    `select ${COLUMNS} from pantry_queue.bulks b
     where b.tenant_id = $1 and b.user_id = $2 and b.operation = 'clear_failed_jobs'
       and (b.ended_at is null or b.outcomes ? 'done')
     order by b.bulk_no desc limit 1`,
    [tenant, userId],
  );
  return row;
}

/** What was promised by a preview, and to whom. */
export interface BulkPromise {
  readonly bulkId: string;
  readonly tenant: string;
  readonly userId: number;
  readonly operation: FilteredOperation;
  readonly filter: JobFilter;
  readonly onlyUser: number | null;
  readonly priority: Priority | undefined;
  readonly ratePerMinute: number | undefined;
  readonly total: number;
  readonly seen: SeenMoment & { readonly last: Place | null };
}

/**
 * Makes the bulk that a preview has promised, of the jobs that it saw and that are still so; the others are skipped from
 * the start. A second confirmation finds the bulk of the first.
 * @throws AppError search_too_broad
 */
export async function confirmBulk(db: Db, promised: BulkPromise): Promise<void> {
  const own: unknown[] = [
    promised.bulkId,
    promised.tenant,
    promised.userId,
    promised.operation,
    JSON.stringify(promised.filter),
    promised.onlyUser,
    promised.priority === undefined ? null : PRIORITY_KEYS[promised.priority],
    promised.ratePerMinute ?? null,
    promised.total,
    promised.seen.snapshot,
  ];
  const { operation, filter, seen } = promised;
  const whose = { tenant: promised.tenant, userId: promised.onlyUser ?? undefined };
  let used = own.length;
  const taking = <T extends Condition>(part: T): T => {
    used += part.values.length;
    return part;
  };
  const chosen = taking(candidates(db.kinds, operation, filter, whose, used + 1));
  const parts = [
    chosen,
    taking(upTo(operation, seen.last, used + 1)),
    taking(seenBefore(operation, filter, seen, used + 1)),
  ];
  const condition = parts.map(({ sql }) => sql).join(' and ');
  await db.search.query(
    `with members as materialized (
  ${oldestOf(operation, chosen.from, '', condition, '$9')}
), made as (
  insert into pantry_queue.bulks (bulk_id, tenant_id, user_id, operation, filter, only_user, priority, rate_per_minute,
    total, boundary, outcomes, ended_at)
  select $1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10,
    case when m.n < $9 then jsonb_build_object('skipped/changed', $9 - m.n) else '{}' end, case when m.n = 0 then now() end
  from (select count(*)::int as n from members) m
  on conflict (bulk_id) do nothing
  returning bulk_no
)
insert into pantry_queue.bulk_jobs (bulk_no, tenant_id, job_no)
select made.bulk_no, $2, members.job_no from made cross join members`,
    [...own, ...parts.flatMap(({ values }) => values)],
  );
}

/**
 * Makes the bulk that takes a clearing back: of the jobs that it has cleared. A second call finds the bulk of the first.
 * @returns its id
 */
export async function makeRestore(
  db: Db,
  clearing: Pick<BulkRow, 'bulk_no' | 'filter'>,
  by: { readonly bulkId: string; readonly tenant: string; readonly userId: number },
): Promise<string> {
  await db.query(
    `with members as materialized (
  select job_no from pantry_queue.bulk_jobs where bulk_no = $4 and outcome = 'done'
), made as (
  insert into pantry_queue.bulks (bulk_id, tenant_id, user_id, operation, filter, restores, total, ended_at)
  select $1, $2, $3, 'restore_failed_jobs', $5::jsonb, $4, m.n, case when m.n = 0 then now() end
  from (select count(*)::int as n from members) m
  on conflict do nothing
  returning bulk_no
)
insert into pantry_queue.bulk_jobs (bulk_no, tenant_id, job_no)
select made.bulk_no, $2, members.job_no from made cross join members`,
    [by.bulkId, by.tenant, by.userId, clearing.bulk_no, JSON.stringify(clearing.filter)],
  );
  const [row] = await db.query<{ bulk_id: string }>('select bulk_id from pantry_queue.bulks where restores = $1', [
    clearing.bulk_no,
  ]);
  if (!row) throw new Error('a restore that was made is not there');
  return row.bulk_id;
}

const FORGET = `
with old as materialized (
  select bulk_no from pantry_queue.bulks
  where ended_at < now() - interval '${BULK.keptS} seconds' order by ended_at limit $1 for update skip locked
), no_jobs as (
  delete from pantry_queue.bulk_jobs m using old o where m.bulk_no = o.bulk_no
)
delete from pantry_queue.bulks b using old o where b.bulk_no = o.bulk_no`;

/** Removes bulks that ended long ago; their jobs stay as they are. */
export async function forgetBulks(db: Db, limit: number): Promise<void> {
  await db.query(FORGET, [limit]);
}
