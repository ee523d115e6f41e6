import type { Db } from '../../../src/ledger/db.ts';
import { addReceipts } from '../../support/db.ts';
import type { PlanNode, Planned } from './plan-log.ts';

/** Of the owner whose job is worked at. */
export const RECEIPTS = 800;
/** A job's own rows, and a page of what a sweep looks at. */
const FEW = 520;

/** Rows that one part of a plan has read, whether it kept them or not. */
const rowsOf = (node: PlanNode) =>
  ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) *
  (node['Actual Loops'] ?? 0);

/** The parts of a plan that have read many rows of a table, with the statement. */
const readMany = ({ text, plan }: Planned): string[] => {
  const parts = (node: PlanNode): string[] => [
    ...(node['Relation Name'] !== undefined && rowsOf(node) > FEW
      ? [`${Math.round(rowsOf(node))} of ${node['Relation Name']} by ${node['Index Name'] ?? node['Node Type']}`]
      : []),
    ...(node.Plans ?? []).flatMap(parts),
  ];
  return parts(plan).map((part) => `${part}: ${text.slice(0, 200)}`);
};

/** What has read many rows since it was cleared. */
export const found = new Set<string>();

/** For `tellPlans`. */
export function lookAtRows(planned: Planned): void {
  for (const part of readMany(planned)) found.add(part);
}

/** Takes all receipts and jobs away, and the plans too. */
export const emptyLedger = (db: Db): Promise<unknown> =>
  db.query('truncate public.receipts, pantry_queue.jobs, pantry_queue.events, pantry_queue.tombstones cascade');

/**
 * Receipts of user 1, of one purchase each, that were read long ago: rows in their final state, and no plan is forgotten
 * for them.
 * @returns the id of one of them
 */
export async function addReadLongAgo(db: Db): Promise<number> {
  const ids = await addReceipts(db, RECEIPTS);
  await db.transaction(async (tx) => {
    await tx.execute(`set local session_replication_role = 'replica'`);
    await tx.query(
      `update public.receipts set ocr_status = 'completed', merchant_name = 'Shop ' || id, total_amount = id, currency = 'EUR'
       where id = any ($1)`,
      [ids],
    );
    await tx.query(
      `insert into pantry_queue.jobs (kind, subject, generation, user_id, params, status, created_at, give_up_at, started_at,
         ended_at, attempt, result, result_hash)
       select 'ocr', r.id, 1, r.user_id, jsonb_build_object('image_path', r.image_path), 'finished', now() - interval '1 day',
         now() + interval '1 day', now() - interval '1 hour', now() - interval '1 hour', 1,
         '{"merchant_name": "Shop", "items": [], "needs_review": false}', 'none'
       from public.receipts r where r.id = any ($1)`,
      [ids],
    );
    await tx.query('select pantry_queue.keep_facts($1::bigint[])', [ids]);
  });
  return ids[0] ?? 0;
}
