import { BASE_TYPE } from '../../ledger/adoption/adopt-catalog.ts';
import type { Queryable } from '../../ledger/connection/queryable.ts';

/** What a column of the replaced system's tables can hold. An adopted one may be narrower than ours, or of another type. */
export type Column =
  | { readonly kind: 'text'; readonly maxChars: number }
  /** Digits before and after the point; undefined = as many as there are. */
  | { readonly kind: 'number'; readonly wholeDigits: number | undefined; readonly scale: number | undefined }
  | { readonly kind: 'json' | 'list' | 'other' };

export interface ReceiptColumns {
  readonly receipts: Readonly<Record<string, Column>>;
  readonly receipt_items: Readonly<Record<string, Column>>;
}

type CatalogRow = { table_name: keyof ReceiptColumns; column_name: string; type: string; modifier: number };

/** A domain is what it stands on. */
const CATALOG = `
select c.relname as table_name, a.attname as column_name, b.typname as type, d.modifier
from pg_catalog.pg_class c
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
cross join lateral (${BASE_TYPE}) d join pg_catalog.pg_type b on b.oid = d.base
where c.oid in (to_regclass('public.receipts'), to_regclass('public.receipt_items'))`;

/** What integers hold without a look at the value: one digit less than their largest. */
const INTEGERS: Readonly<Record<string, number>> = { int2: 4, int4: 9, int8: 18 };

/** Modifiers of types carry their length behind four bytes of header. */
const HEADER = 4;

function columnOf({ type, modifier }: CatalogRow): Column {
  const length = modifier - HEADER;
  if (type === 'varchar' || type === 'bpchar') {
    return { kind: 'text', maxChars: modifier < 0 ? Number.POSITIVE_INFINITY : length };
  }
  if (type === 'text') return { kind: 'text', maxChars: Number.POSITIVE_INFINITY };
  if (type === 'numeric') {
    if (modifier < 0) return { kind: 'number', wholeDigits: undefined, scale: undefined };
    const scale = length & 0x7ff;
    return { kind: 'number', wholeDigits: (length >> 16) - scale, scale };
  }
  if (type === 'float4' || type === 'float8') return { kind: 'number', wholeDigits: undefined, scale: undefined };
  const digits = INTEGERS[type];
  if (digits !== undefined) return { kind: 'number', wholeDigits: digits, scale: 0 };
  if (type === 'json' || type === 'jsonb') return { kind: 'json' };
  return { kind: type.startsWith('_') ? 'list' : 'other' };
}

async function fromCatalog(db: Queryable): Promise<ReceiptColumns> {
  const columns = { receipts: {}, receipt_items: {} } as Record<keyof ReceiptColumns, Record<string, Column>>;
  for (const row of await db.query<CatalogRow>(CATALOG)) columns[row.table_name][row.column_name] = columnOf(row);
  return columns;
}

const known = new WeakMap<Queryable, Promise<ReceiptColumns>>();

/**
 * Asked once a process: what a save costs must not grow by it.
 * @param options `again`: the database refused a value, so its columns may have been changed since
 */
export function readColumns(db: Queryable, { again = false }: { again?: boolean } = {}): Promise<ReceiptColumns> {
  let columns = again ? undefined : known.get(db);
  if (!columns) {
    columns = fromCatalog(db);
    known.set(db, columns);
    columns.catch(() => known.delete(db));
  }
  return columns;
}
