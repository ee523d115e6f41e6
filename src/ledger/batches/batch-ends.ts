import type { Db } from '../db.ts';
import { recordEvent } from '../event.ts';
import { billOfMembers, highestLive, isMemberLive, memberCounts } from './batch-members.ts';

/** Of a page of open batches those whose member that was waited for has ended: two probes of an index each. */
const DUE = `
with page as materialized (
  select batch_no, batch_id, waits_for from pantry_queue.batches
  where ended_at is null and batch_no > $1 order by batch_no limit $2
)
select count(*)::int as looked, max(p.batch_no) as last,
  coalesce(array_agg(p.batch_id order by p.batch_no)
    filter (where p.waits_for is null or not ${isMemberLive('p.waits_for')}), '{}') as due
from page p`;

/** The process that holds the row decides; a batch that has ended meanwhile is none any more. */
const CLAIMED = `claimed as materialized (
  select * from pantry_queue.batches where batch_id = $1 and ended_at is null for update skip locked
)`;

/** From the member that was waited for on downwards: each is read once until one is found that lives. */
const MOVE_ON = `
with ${CLAIMED}, next as materialized (
  select b.batch_id, ${highestLive('b', "coalesce(b.waits_for, '9223372036854775807')")} as job_no from claimed b
), moved as (
  update pantry_queue.batches b set waits_for = next.job_no from next
  where b.batch_id = next.batch_id and next.job_no is not null
)
select job_no is not null as waits from next`;

/**
 * A batch in order of its members' numbers, up to the first that lives. The planner takes it for so small that sorting
 * all of it would be as cheap.
 */
const IN_ORDER = 'set local enable_sort = off; set local enable_bitmapscan = off';

/**
 * All of them once more, in one snapshot: one that was passed may have been retried since. The row is locked, so of any
 * number of gates one writes the end.
 */
const END = `
with ${CLAIMED}, counted as materialized (
  select b.batch_id, b.tenant_id, b.user_id, c.live, c.highest_live, null::bigint as job_no,
    jsonb_build_object('total', b.total, 'finished', c.finished, 'failed', c.failed, 'canceled', c.canceled,
      'gone', c.gone, 'deduplicated', b.total - b.queued, 'cleared', c.cleared, 'paid_calls', paid.paid_calls) as counts
  from claimed b cross join lateral (${memberCounts('b')}) c cross join lateral (${billOfMembers('b')}) paid
), ending as (
  select * from counted where live = 0
), recorded as (
  ${recordEvent('ending', 'batch_finished', { state: 'null', run: 'null::int', data: 'counts' })}
  returning xid, id
), ended as (
  update pantry_queue.batches b set ended_at = now(), ended_as = e.counts, event_xid = r.xid, event_id = r.id
  from ending e cross join recorded r where b.batch_id = e.batch_id
), moved as (
  update pantry_queue.batches b set waits_for = c.highest_live
  from counted c where b.batch_id = c.batch_id and c.live > 0
)
select batch_id from ending`;

/** Where a round goes on; of a process, and of no consequence when it is lost. */
export interface BatchWalk {
  after: number;
}

/**
 * Ends the batches whose members have all ended: once each, whatever becomes of a member later.
 * @param walk is moved on, and begins anew when all open batches were looked at
 * @param limit open batches a call
 * @returns the batches that ended now
 */
export async function endBatches(db: Db, walk: BatchWalk, limit: number): Promise<string[]> {
  const [page] = await db.query<{ looked: number; last: number | null; due: string[] }>(DUE, [walk.after, limit]);
  walk.after = page && page.looked === limit && page.last !== null ? page.last : 0;
  const ended: string[] = [];
  for (const batchId of page?.due ?? []) {
    const [next] = await db.transaction(async (tx) => {
      await tx.execute(IN_ORDER);
      return tx.query<{ waits: boolean }>(MOVE_ON, [batchId]);
    });
    if (!next || next.waits) continue;
    if ((await db.query(END, [batchId])).length > 0) ended.push(batchId);
  }
  return ended;
}
