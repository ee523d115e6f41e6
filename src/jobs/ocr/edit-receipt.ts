import { wholeDigits } from '../../contract/agent-reply/decimal.ts';
import type { Fault } from '../../contract/check-input.ts';
import { AppError, type FieldError } from '../../contract/errors.ts';
import type { EditableField } from '../../contract/operations/update-receipt.ts';
import { refusalOf } from '../../ledger/database-error.ts';
import type { Db } from '../../ledger/db.ts';
import { serverErrorOf, troubleIn } from '../../ledger/sqlstates.ts';
import { type Column, readColumns } from './columns.ts';

/** What a person sets, each in the contract's form. */
export type Edit = Readonly<Partial<Record<EditableField, string>>>;

/** The reasons that are left: a person's word settles those about its field. */
const LEFT = `(
  select coalesce(jsonb_agg(reason order by nth), '[]')
  from jsonb_array_elements(s.review_reasons) with ordinality u (reason, nth)
  where not $4::jsonb ? coalesce(reason ->> 'field', ''))`;

/** Its row of receipt_state first, as a save takes them: two that meet wait for each other, and the person's stays. */
const EDIT = `
with state as (
  update pantry_queue.receipt_state s set
    set_by = s.set_by || (select jsonb_object_agg(key, '{"by": "person"}'::jsonb) from jsonb_object_keys($4::jsonb) key),
    review_reasons = ${LEFT}, needs_review = s.needs_review and (s.review_reasons = '[]' or ${LEFT} <> '[]'),
    updated_at = now()
  from public.receipts r
  where s.receipt_id = $1::bigint and s.tenant_id = $2 and r.id = s.receipt_id and ($3::bigint is null or r.user_id = $3)
  returning s.receipt_id
)
update public.receipts r set
  merchant_name = case when $4::jsonb ? 'merchant_name' then (e.said).merchant_name else r.merchant_name end,
  purchase_date = case when $4::jsonb ? 'purchase_date' then (e.said).purchase_date else r.purchase_date end,
  total_amount = case when $4::jsonb ? 'total_amount' then (e.said).total_amount else r.total_amount end,
  currency = case when $4::jsonb ? 'currency' then (e.said).currency else r.currency end,
  updated_at = now()
from state s cross join lateral (select jsonb_populate_record(null::public.receipts, $4::jsonb) as said) e
where r.id = s.receipt_id
returning r.id`;

/**
 * Writes what a person says about a receipt; no later reading overwrites it.
 * @param userId undefined = of anybody in the tenant
 * @returns false when there is no such receipt
 * @throws AppError invalid_argument when the columns or the rules of the table do not take a value; nothing is changed
 */
export async function editReceipt(
  db: Db,
  tenant: string,
  receiptId: number,
  userId: number | undefined,
  edit: Edit,
): Promise<boolean> {
  const fields = Object.keys(edit);
  const write = () => db.query(EDIT, [receiptId, tenant, userId ?? null, JSON.stringify(edit)]);
  await requireFit(db, edit, { again: false });
  try {
    return (await write()).length > 0;
  } catch (error) {
    if (troubleIn(error) !== 'lasting' || serverErrorOf(error)?.code.startsWith('42')) throw error;
    // The columns may have been changed since this process looked.
    await requireFit(db, edit, { again: true });
    throw await refused(db, error, fields);
  }
}

async function requireFit(db: Db, edit: Edit, options: { again: boolean }): Promise<void> {
  const { receipts } = await readColumns(db, options);
  const fields = Object.entries(edit).flatMap(([name, value]): FieldError[] => {
    const fault = faultIn(name, value, receipts[name]);
    return fault ? [{ pointer: `/${name}`, ...fault }] : [];
  });
  const [first] = fields;
  if (first) throw new AppError('invalid_argument', first.message, { fields });
}

function faultIn(name: string, value: string, column: Column | undefined): Fault | undefined {
  const tooBig = (rule: string): Fault => ({ code: 'too_big', message: `${name} ${rule}: its column holds no more.` });
  if (column?.kind === 'text' && [...value].length > column.maxChars) {
    return tooBig(`must have at most ${column.maxChars} characters`);
  }
  if (column?.kind !== 'number') return undefined;
  const { wholeDigits: most, scale } = column;
  if (most !== undefined && wholeDigits(value) > most)
    return tooBig(`must have at most ${most} digits before the point`);
  const decimals = (value.split('.')[1] ?? '').replace(/0+$/, '').length;
  return scale !== undefined && decimals > scale ? tooBig(`must have at most ${scale} decimals`) : undefined;
}

const COLUMNS_OF_RULE = `
select a.attname::text as name from pg_constraint c
join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
where c.conrelid = 'public.receipts'::regclass and c.conname = $1`;

/** Names the rule, and of the fields that were sent those that it is about: all, where the database does not tell. */
async function refused(db: Db, error: unknown, sent: readonly string[]): Promise<AppError> {
  const rule = serverErrorOf(error)?.constraint;
  const about = rule === undefined ? [] : await db.query<{ name: string }>(COLUMNS_OF_RULE, [rule]);
  const blamed = sent.filter((field) => about.some(({ name }) => name === field));
  const message = `${refusalOf(error)} Nothing was changed.`;
  return new AppError('invalid_argument', message, {
    cause: error,
    fields: (blamed.length > 0 ? blamed : sent).map((field) => ({ pointer: `/${field}`, code: 'refused', message })),
  });
}
