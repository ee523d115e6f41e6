import type { CallContext } from '../../../src/contract/principal.ts';
import type { InputOf, OutputOf, QueueApi } from '../../../src/contract/queue-api.ts';
import type { Db } from '../../../src/ledger/db.ts';
import { asOwner } from '../../support/owner.ts';

/** A receipt as a test describes it. */
export interface MadeReceipt {
  readonly user_id?: number;
  readonly tenant_id?: string;
  readonly merchant?: string | null;
  readonly day?: string | null;
  readonly total?: string | null;
  readonly currency?: string | null;
  readonly doubtful?: boolean;
  /** Name and price of each line. */
  readonly items?: readonly (readonly [name: string, price: string | null])[];
}

/** Writes receipts as another program would, and what a reading says of them beside. @returns their ids */
export async function makeReceipts(db: Db, receipts: readonly MadeReceipt[]): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    `insert into public.receipts (user_id, image_path, merchant_name, purchase_date, total_amount, currency)
     select coalesce(user_id, 1), 'minio://receipts/' || nth || '.jpg', merchant, day, total, currency
     from jsonb_to_recordset($1::jsonb) r (nth integer, user_id bigint, merchant text, day date, total numeric, currency text)
     order by nth returning id`,
    [JSON.stringify(receipts.map((receipt, nth) => ({ nth, currency: 'EUR', ...receipt })))],
  );
  const ids = rows.map(({ id }) => id);
  const more = receipts.map((receipt, nth) => ({ id: ids[nth], ...receipt }));
  await db.query(
    `update pantry_queue.receipt_state s set review = case when r.doubtful then 'open' end, review_since = now(), review_user = 1, tenant_id = coalesce(r.tenant_id, 'default')
     from jsonb_to_recordset($1::jsonb) r (id bigint, doubtful boolean, tenant_id text) where s.receipt_id = r.id`,
    [JSON.stringify(more)],
  );
  await db.query(
    `insert into public.receipt_items (receipt_id, item_name, total_price, currency)
     select r.id, i ->> 0, (i ->> 1)::numeric, coalesce(r.currency, 'EUR')
     from jsonb_to_recordset($1::jsonb) r (id bigint, currency text, items jsonb) cross join jsonb_array_elements(r.items) i`,
    [JSON.stringify(more.map(({ items = [], ...of }) => ({ ...of, items })))],
  );
  return ids;
}

/** All pages of a search. */
export async function foundBy(
  queue: QueueApi,
  filter: InputOf<'findReceipts'>,
  limit = 200,
  context: CallContext = asOwner,
): Promise<OutputOf<'findReceipts'>['receipts']> {
  const found = [];
  for (let cursor: string | undefined, pages = 0; pages < 200; pages++) {
    const page = await queue.findReceipts({ ...filter, limit, ...(cursor === undefined ? {} : { cursor }) }, context);
    found.push(...page.receipts);
    if (page.next_cursor === null) return found;
    cursor = page.next_cursor;
  }
  throw new Error('the list has no end');
}
