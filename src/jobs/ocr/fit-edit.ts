import { wholeDigits } from '../../contract/agent-reply/decimal.ts';
import type { Fault } from '../../contract/check-input.ts';
import { AppError, type FieldError } from '../../contract/errors.ts';
import { refusalOf } from '../../ledger/connection/database-error.ts';
import { serverErrorOf } from '../../ledger/connection/sqlstates.ts';
import type { Db } from '../../ledger/db.ts';
import { type Column, readColumns } from './columns.ts';
import type { Edit } from './edit.ts';

/** @throws AppError invalid_argument when a column does not take a value */
export async function requireFit(db: Db, edit: Edit, options: { again: boolean }): Promise<void> {
  const { receipts, receipt_items } = await readColumns(db, options);
  const { items = [], ...values } = edit;
  const fields = [
    ...faultsIn(values, receipts, ''),
    ...items.flatMap((item, nth) => faultsIn(item, receipt_items, `/items/${nth}`)),
  ];
  const [first] = fields;
  if (first) throw new AppError('invalid_argument', first.message, { fields });
}

function faultsIn(values: object, columns: Readonly<Record<string, Column>>, under: string): FieldError[] {
  return Object.entries(values).flatMap(([name, value]): FieldError[] => {
    const fault = typeof value === 'string' ? faultIn(name, value, columns[name]) : undefined;
    return fault ? [{ pointer: `${under}/${name}`, ...fault }] : [];
  });
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
export async function refusedEdit(db: Db, error: unknown, sent: readonly string[]): Promise<AppError> {
  const rule = serverErrorOf(error)?.constraint;
  const about = rule === undefined ? [] : await db.query<{ name: string }>(COLUMNS_OF_RULE, [rule]);
  const blamed = sent.filter((field) => about.some(({ name }) => name === field));
  const message = `${refusalOf(error)} Nothing was changed.`;
  return new AppError('invalid_argument', message, {
    cause: error,
    fields: (blamed.length > 0 ? blamed : sent).map((field) => ({ pointer: `/${field}`, code: 'refused', message })),
  });
}
