import type { AuditEntry } from '../../contract/audit.ts';
import type { Queryable } from '../connection/queryable.ts';

/** Adds entries to the end of the chain: one statement, one commit. */
export async function appendAudit(db: Queryable, entries: readonly AuditEntry[]): Promise<void> {
  await db.query('select pantry_queue.append_audit($1::jsonb)', [JSON.stringify(entries)]);
}

/** From the beginning only, and up to the first one that is kept: what goes leaves its last hash, which the rest hangs on. */
const EXPIRE = `
with first as materialized (
  select entry_no, at from pantry_queue.audit order by entry_no limit $2
), kept as (
  select min(entry_no) as entry_no from first where at >= now() - make_interval(secs => $1)
), gone as (
  delete from pantry_queue.audit a using first f cross join kept
  where a.entry_no = f.entry_no and (kept.entry_no is null or f.entry_no < kept.entry_no)
  returning a.entry_no, a.hash
), anchored as (
  update pantry_queue.audit_head h set anchor_no = g.entry_no, anchor_hash = g.hash
  from (select entry_no, hash from gone order by entry_no desc limit 1) g
)
select count(*)::int as n from gone`;

/**
 * Removes entries that are older, from the beginning of the chain.
 * @param limit entries a call
 * @returns how many
 */
export async function expireAudit(db: Queryable, afterS: number, limit: number): Promise<number> {
  const [row] = await db.query<{ n: number }>(EXPIRE, [afterS, limit]);
  return row?.n ?? 0;
}
