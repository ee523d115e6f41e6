import type { SumMismatch } from '../../contract/sums.ts';
import type { Transaction } from '../../ledger/connection/queryable.ts';
import { serverErrorOf, troubleIn } from '../../ledger/connection/sqlstates.ts';
import type { Db } from '../../ledger/db.ts';
import { recordEvent } from '../../ledger/event.ts';
import { decideEdit } from './decide-edit.ts';
import type { Decision, StandingReceipt, Word } from './edit.ts';
import { refusedEdit, requireFit } from './fit-edit.ts';
import { readItems } from './receipts.ts';
import { STORED_OF } from './stored.ts';

/** Its row of receipt_state alone, as a save takes them first: two that meet wait for each other. */
const STANDS = `
select ${STORED_OF} as stored, s.review_reasons as reasons, s.changes, clock_timestamp() as now
from pantry_queue.receipt_state s join public.receipts r on r.id = s.receipt_id
where s.receipt_id = $1::bigint and s.tenant_id = $2 and pantry_queue.is_user(r.user_id) and ($3::bigint is null or r.user_id = $3)
for update of s`;

const WRITE = `
with state as (
  update pantry_queue.receipt_state s set set_by = $2, review = $3, review_ended = $4, review_reasons = $5,
    changes = jsonb_path_query_array(s.changes || $6::jsonb, '$[last - 19 to last]'), version = s.version + 1, updated_at = now()
  where s.receipt_id = $1::bigint
  returning s.receipt_id, s.result_generation
), receipt as (
  update public.receipts r set
    merchant_name = case when $7::jsonb ? 'merchant_name' then (e.said).merchant_name else r.merchant_name end,
    purchase_date = case when $7::jsonb ? 'purchase_date' then (e.said).purchase_date else r.purchase_date end,
    total_amount = case when $7::jsonb ? 'total_amount' then (e.said).total_amount else r.total_amount end,
    currency = case when $7::jsonb ? 'currency' then (e.said).currency else r.currency end,
    updated_at = now()
  from state s cross join lateral (select jsonb_populate_record(null::public.receipts, $7::jsonb) as said) e
  where r.id = s.receipt_id
  returning r.id
), said as (
  select * from jsonb_to_recordset($8::jsonb) as i (
    id bigint, item_name text, quantity numeric, unit_price numeric, total_price numeric, currency text)
), removed as (
  delete from public.receipt_items i using state s
  where i.receipt_id = s.receipt_id and $8::jsonb is not null and not exists (select from said where said.id = i.id)
  returning i.id
), changed as (
  update public.receipt_items i set item_name = said.item_name, quantity = said.quantity, unit_price = said.unit_price,
    total_price = said.total_price, currency = said.currency
  from state s, said where i.receipt_id = s.receipt_id and i.id = said.id
  returning i.id
), added as (
  insert into public.receipt_items (receipt_id, item_name, quantity, unit_price, total_price, currency)
  select s.receipt_id, said.item_name, said.quantity, said.unit_price, said.total_price, said.currency
  from state s, said where said.id is null
  returning receipt_id
), recorded as (
  ${recordEvent(
    `(select j.* from pantry_queue.jobs j join state s
      on j.kind = 'ocr' and j.subject = s.receipt_id and j.generation = s.result_generation) j where $9::text is not null`,
    { sql: '$9::text', among: ['receipt_corrected', 'receipt_reviewed'] },
    { state: 'null::text', data: '$10::jsonb' },
  )}
)
select pantry_queue.require_written((select count(*) from receipt) = 1
  and (select count(*) from changed) = (select count(id) from said)
  and (select count(*) from added) = (select count(*) from said where id is null)
  -- Of those that were there, what was named stays.
  and (select count(*) from removed) = case when $8::jsonb is null then 0 else (
    select count(*) from public.receipt_items i where i.receipt_id = s.receipt_id) - (select count(id) from said) end)
from state s`;

export interface Edited {
  readonly mismatch: SumMismatch | undefined;
}

/** Which receipt, for whom. @param userId undefined = of anybody in the tenant */
export interface EditedReceipt {
  readonly tenant: string;
  readonly receiptId: number;
  readonly userId: number | undefined;
  /** Of its latest reading. */
  readonly tax: string | null;
}

/**
 * Writes what somebody says about a receipt; no later reading overwrites it.
 * @returns undefined when there is no such receipt
 * @throws AppError of `decideEdit`; invalid_argument when the columns or the rules of the table do not take a value.
 *   Nothing is changed then
 */
export async function editReceipt(db: Db, of: EditedReceipt, word: Word): Promise<Edited | undefined> {
  await requireFit(db, word.edit, { again: false });
  try {
    return await db.transaction((tx) => editIn(tx, of, word));
  } catch (error) {
    if (troubleIn(error) !== 'lasting' || serverErrorOf(error)?.code.startsWith('42')) throw error;
    // The columns may have been changed since this process looked.
    await requireFit(db, word.edit, { again: true });
    throw await refusedEdit(db, error, Object.keys(word.edit));
  }
}

/** The same inside a transaction, whose values fit. */
export async function editIn(tx: Transaction, of: EditedReceipt, word: Word): Promise<Edited | undefined> {
  const { tenant, receiptId, userId, tax } = of;
  const [row] = await tx.query<{ stored: StandingReceipt } & Pick<StandingReceipt, 'reasons' | 'changes' | 'now'>>(
    STANDS,
    [receiptId, tenant, userId ?? null],
  );
  if (!row) return undefined;
  const items = await readItems(tx, receiptId);
  const { decision, mismatch } = decideEdit(receiptId, { ...row.stored, ...row, items, tax }, word);
  if (decision) await tx.query(WRITE, [receiptId, ...valuesOf(decision)]);
  return { mismatch };
}

function valuesOf({ set_by, review, review_ended, reasons, change, values, items, event }: Decision): unknown[] {
  return [
    JSON.stringify(set_by),
    review,
    review_ended && JSON.stringify(review_ended),
    JSON.stringify(reasons),
    JSON.stringify([change]),
    JSON.stringify(values),
    items ? JSON.stringify(items) : null,
    event?.kind ?? null,
    event && JSON.stringify(event.data),
  ];
}
