import type { Costs } from '../../contract/cost.ts';
import type { Db } from '../db.ts';
import { type Key, keyset } from '../keyset.ts';
import { billOfMembers, type MemberCounts, memberCounts } from './batch-members.ts';

/** How all members of a batch stood when it ended. */
export type BatchEnd = {
  total: number;
  finished: number;
  failed: number;
  canceled: number;
  gone: number;
  deduplicated: number;
  cleared: number;
  paid_calls: number;
};

export type BatchRow = {
  batch_id: string;
  batch_no: number;
  user_id: number;
  total: number;
  queued: number;
  schedule: string | null;
  created_at: Date;
  ended_at: Date | null;
  ended_as: BatchEnd | null;
};

const COLUMNS =
  'b.batch_id, b.batch_no, b.user_id, b.total, b.queued, b.schedule, b.created_at, b.ended_at, b.ended_as';

const READ = `
select ${COLUMNS} from pantry_queue.batches b
where b.batch_id = $1 and b.tenant_id = $2 and ($3::bigint is null or b.user_id = $3)`;

const READ_COUNTED = `
select ${COLUMNS}, now() as now, c.*, paid.*,
  exists (select from pantry_queue.caps_of(b.tenant_id, b.user_id, null) held where held.in_flight = 0) as held
from pantry_queue.batches b cross join lateral (${memberCounts('b')}) c cross join lateral (${billOfMembers('b')}) paid
where b.batch_id = $1 and b.tenant_id = $2 and ($3::bigint is null or b.user_id = $3)`;

/** Whose batches a caller may see: all of a tenant, or those of one user. */
export interface BatchOwner {
  readonly tenant: string;
  readonly userId: number | undefined;
}

/** @returns undefined when there is none, or it is somebody else's */
export async function readBatch(
  db: Db,
  { tenant, userId }: BatchOwner,
  batchId: string,
): Promise<BatchRow | undefined> {
  return (await db.query<BatchRow>(READ, [batchId, tenant, userId ?? null]))[0];
}

export type CountedBatch = BatchRow &
  MemberCounts & {
    now: Date;
    /** Calls that the agent answered. */
    paid_calls: number;
    costs: Costs;
    /** A cap lets no call of the agent begin for its owner. */
    held: boolean;
  };

/**
 * A batch with where its members are: it costs as much as there are of them.
 * @returns undefined when there is none, or it is somebody else's
 */
export async function readCountedBatch(
  db: Db,
  { tenant, userId }: BatchOwner,
  batchId: string,
): Promise<CountedBatch | undefined> {
  const values = [batchId, tenant, userId ?? null];
  return (await db.query<CountedBatch>(READ_COUNTED, values))[0];
}

const NEWEST_FIRST = keyset('desc', [{ sql: 'b.batch_no', type: 'bigint' }]);

/** The newest first; nothing of their members is counted. */
export function listBatches(
  db: Db,
  {
    tenant,
    userId,
    schedule,
    after,
    limit,
  }: BatchOwner & { schedule?: string | undefined; after: Key | undefined; limit: number },
): Promise<BatchRow[]> {
  const values: (string | number)[] = [tenant, limit];
  const only = (column: string, value: string | number | undefined) =>
    value === undefined ? '' : `and ${column} = $${values.push(value)}`;
  const own = `${only('b.user_id', userId)} ${only('b.schedule', schedule)}`;
  // As a search: a plan of an empty ledger would sort all batches for one page.
  return db.search.query<BatchRow>(
    `select ${COLUMNS} from pantry_queue.batches b
     where b.tenant_id = $1 and b.batch_no > 0 ${own} and ${NEWEST_FIRST.after(after, values.length + 1)} ${NEWEST_FIRST.orderBy} limit $2`,
    [...values, ...(after ?? [])],
  );
}
