import { MAX_ID } from '../../contract/job.ts';
import type { Queryable } from '../../ledger/connection/queryable.ts';

/** Users that have pending receipts are found one after the other by the index, and no further than the receipts reach. */
const PENDING_OF_TENANT = `
with recursive users as (
  (select user_id, 1 as nth from public.receipts where ocr_status = 'pending' and user_id > 0 order by user_id limit 1)
  union all
  select next.user_id, u.nth + 1 from users u cross join lateral (
    select r.user_id from public.receipts r where r.ocr_status = 'pending' and r.user_id > u.user_id order by r.user_id limit 1
  ) next where u.nth < $2
)
select p.id from users u cross join lateral (
  select r.id from public.receipts r join pantry_queue.receipt_state s on s.receipt_id = r.id
  where r.user_id = u.user_id and pantry_queue.is_user(r.user_id) and r.ocr_status = 'pending' and s.tenant_id = $1
    and r.id between 1 and ${MAX_ID} and r.image_path <> '' order by r.id limit $2
) p limit $2`;

/** The receipts of a tenant that are still pending and have an image, user by user. */
export async function pendingOfTenant(db: Queryable, tenant: string, limit: number): Promise<number[]> {
  const rows = await db.query<{ id: number }>(PENDING_OF_TENANT, [tenant, limit]);
  return rows.map((row) => row.id).sort((one, other) => one - other);
}
