import type { Db } from './db.ts';

const FOLD = `
with folded as (
  delete from pantry_queue.arrivals
  where ctid = any (array(select ctid from pantry_queue.arrivals limit $1 for update skip locked))
  returning tenant_id, user_id, status, n
)
insert into pantry_queue.counters as c (tenant_id, user_id, status, error_code, shard, n)
select f.tenant_id, o.user_id, f.status, '', pg_backend_pid() % 16, sum(f.n)
from folded f cross join lateral (values (0::bigint), (f.user_id)) o (user_id)
group by 1, 2, 3 order by 1, 2, 3
on conflict (tenant_id, user_id, status, error_code, shard) do update set n = c.n + excluded.n`;

/** More than callers bring between two sweeps. */
const MAX_FOLDED = 50_000;

/** Adds what has arrived to the counters; the sum of both does not change. What is beyond `limit` waits for the next. */
export async function foldArrivals(db: Db, limit = MAX_FOLDED): Promise<void> {
  await db.query(FOLD, [limit]);
}
