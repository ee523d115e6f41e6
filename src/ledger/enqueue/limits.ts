import type { Queryable } from '../connection/queryable.ts';

/** A limit that holds for a caller, and what is used of each of its numbers; null where it has no such number. */
export type LimitRow = {
  user_id: number | null;
  kind: string | null;
  reason: string;
  since: Date;
  in_flight: { limit: number; used: number } | null;
  queued: { limit: number; used: number } | null;
  per_minute: { limit: number; used: number; reset_s: number } | null;
};

const MOST_SHOWN = 20;

const LIMITS_OF = `
select c.user_id, c.kind, c.reason, c.since,
  case when c.in_flight is not null then json_build_object('limit', c.in_flight, 'used', (
    select count(*) from pantry_queue.jobs a
    where a.in_engine and a.active and a.tenant_id = c.tenant_id
      and (c.user_id is null or a.user_id = c.user_id) and (c.kind is null or a.kind = c.kind))) end as in_flight,
  case when c.queued is not null then json_build_object('limit', c.queued, 'used', c.queued - r.queue_room) end as queued,
  case when c.per_minute is not null then json_build_object('limit', c.per_minute, 'used', c.per_minute - r.minute_room,
    'reset_s', case when r.minute_is_over then 0
      else ceil(extract(epoch from c.minute_began + interval '1 minute' - clock_timestamp())) end) end as per_minute
from (
  (select * from pantry_queue.caps where tenant_id = $1 and user_id is null)
  union all
  (select * from pantry_queue.caps where tenant_id = $1 and user_id = $2)
  order by user_id nulls first, since limit ${MOST_SHOWN}
) c cross join lateral pantry_queue.enqueue_room((
  select l from pantry_queue.caps l where l.cap_no = c.cap_no)) r
order by c.user_id nulls first, c.since`;

/** Does the tenant limit how many new jobs are accepted, of anybody? */
export async function limitsNewJobs(db: Queryable, tenant: string): Promise<boolean> {
  const rows = await db.query(
    'select from pantry_queue.caps c where c.tenant_id = $1 and (c.queued is not null or c.per_minute is not null) limit 1',
    [tenant],
  );
  return rows.length > 0;
}

/** @param userId 0 = only what holds for the whole tenant */
export function limitsOf(db: Queryable, tenant: string, userId: number): Promise<LimitRow[]> {
  return db.query<LimitRow>(LIMITS_OF, [tenant, userId]);
}
