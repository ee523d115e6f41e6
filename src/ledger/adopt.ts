import { AppError } from '../contract/errors.ts';
import type { Queryable } from './db.ts';

/** Families of types that our statements can write and read; an adopted table may use any member. */
const FAMILIES = {
  integer: ['integer', 'bigint', 'smallint'],
  text: ['text', 'character varying', 'character', 'USER-DEFINED'],
  date: ['date', 'timestamp without time zone', 'timestamp with time zone'],
  number: ['numeric', 'double precision', 'real'],
  time: ['timestamp without time zone', 'timestamp with time zone'],
  textual: ['text', 'character varying', 'json', 'jsonb', 'ARRAY'],
} as const;

const COLUMNS: Readonly<Record<string, Readonly<Record<string, keyof typeof FAMILIES>>>> = {
  receipts: {
    id: 'integer',
    user_id: 'integer',
    image_path: 'text',
    purchase_date: 'date',
    status: 'text',
    ocr_status: 'text',
    merchant_name: 'text',
    total_amount: 'number',
    currency: 'text',
    extraction_confidence: 'number',
    extraction_errors: 'textual',
    ocr_text: 'text',
    parsed_at: 'time',
    created_at: 'time',
    updated_at: 'time',
  },
  receipt_items: {
    id: 'integer',
    receipt_id: 'integer',
    item_name: 'text',
    quantity: 'number',
    unit_price: 'number',
    total_price: 'number',
    currency: 'text',
    confidence: 'number',
  },
};

/**
 * Checks tables that were there before us; absent ones are left to the migration.
 * @throws AppError invalid_argument naming every column that is missing or of a type we cannot use
 */
export async function checkAdoptedTables(db: Queryable): Promise<void> {
  const found = await db.query<{ table_name: string; column_name: string; data_type: string }>(
    `select table_name, column_name, data_type from information_schema.columns
     where table_schema = 'public' and table_name in ('receipts', 'receipt_items')`,
  );
  const types = new Map(found.map((column) => [`${column.table_name}.${column.column_name}`, column.data_type]));
  const present = new Set(found.map((column) => column.table_name));

  const wrong = Object.entries(COLUMNS)
    .filter(([table]) => present.has(table))
    .flatMap(([table, columns]) =>
      Object.entries(columns).flatMap(([column, family]) => {
        const type = types.get(`${table}.${column}`);
        if (type === undefined) return [`public.${table} has no column ${column}`];
        const usable: readonly string[] = FAMILIES[family];
        return usable.includes(type) ? [] : [`public.${table}.${column} is ${type}, not ${usable[0]}`];
      }),
    );
  if (wrong.length > 0) {
    throw new AppError('invalid_argument', `The existing tables cannot be adopted: ${wrong.join('; ')}.`, {
      hint: 'Add or change these columns, or point DATABASE_URL at another database; nothing was changed.',
    });
  }
}
