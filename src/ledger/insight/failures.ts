import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { type Key, keyset } from '../keyset.ts';

/** Failed jobs of one cause. */
export type FailureRow = {
  error_code: string;
  fingerprint: string;
  jobs: number;
  first_at: Date;
  last_at: Date;
  message: string;
  samples: { kind: string; subject: number }[];
};

const BY_CAUSE = keyset('asc', [
  { sql: 'f.error_code', type: 'text' },
  { sql: 'f.fingerprint', type: 'text' },
]);

/** Its failed jobs, from one end of an index that has them in the order of their ends. */
function ofCause(ofUser: boolean, direction: 'asc' | 'desc'): string {
  const columns = ['tenant_id', ...(ofUser ? ['user_id'] : []), 'fingerprint', 'ended_at'];
  return `from pantry_queue.jobs j
    where j.tenant_id = $1 and ${ofUser ? 'j.user_id = $2' : 'j.generation > 0'} and j.fingerprint = g.fingerprint
      and j.status = 'failed' and not j.superseded and j.cleared_at is null and j.orphaned_at is null
    order by ${columns.map((column) => `j.${column} ${direction}`).join(', ')}`;
}

const FAILURES = (ofUser: boolean, after: string) => `
with g as materialized (
  select f.error_code, f.fingerprint, sum(f.n)::bigint as jobs from pantry_queue.failures f
  where f.tenant_id = $1 and f.user_id = $2 and f.n <> 0 and ${after}
  group by f.error_code, f.fingerprint having sum(f.n) > 0 ${BY_CAUSE.orderBy} limit $3
)
select g.error_code, g.fingerprint, g.jobs, first.ended_at as first_at, last.ended_at as last_at,
  coalesce(last.error_message, '') as message, last.samples
from g
cross join lateral (select j.ended_at ${ofCause(ofUser, 'asc')} limit 1) first
cross join lateral (
  select max(l.ended_at) as ended_at, (array_agg(l.error_message order by l.ended_at desc))[1] as error_message,
    json_agg(json_build_object('kind', l.kind, 'subject', l.subject) order by l.ended_at desc) as samples
  from (select j.ended_at, j.error_message, j.kind, j.subject ${ofCause(ofUser, 'desc')} limit 3) l) last
order by g.error_code, g.fingerprint`;

/**
 * The causes of failed jobs, a page of them; the counts are kept by a trigger, and their jobs are found by the ends of an index.
 * @param userId undefined = of everybody in the tenant
 */
export function listFailures(
  db: Db,
  {
    tenant,
    userId,
    after,
    limit,
  }: { tenant: string; userId: number | undefined; after: Key | undefined; limit: number },
): Promise<FailureRow[]> {
  return db.search.query<FailureRow>(FAILURES(userId !== undefined, BY_CAUSE.after(after, 4)), [
    tenant,
    userId ?? 0,
    limit,
    ...(after ?? []),
  ]);
}

/** Removes the counts of causes that no failed job has any more: a row at 0 that is counted up meanwhile stays. */
export async function forgetFailures(db: Queryable, limit: number): Promise<void> {
  await db.query(
    `delete from pantry_queue.failures where ctid = any (array(
       select ctid from pantry_queue.failures where n = 0 limit $1 for update skip locked)) and n = 0`,
    [limit],
  );
}
