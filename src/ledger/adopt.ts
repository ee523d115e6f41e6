import { MAX_ID } from '../contract/job.ts';
import { type AdoptedColumn, type AdoptedTable, catalog, type Session } from './adopt-catalog.ts';
import type { Queryable } from './db.ts';

/** Something about the replaced system's tables that breaks a later write, or may. */
export interface Finding {
  /** `refuse`: nothing could be saved; `warn`: most works, and the operator should know. */
  readonly severity: 'refuse' | 'warn';
  /** What is so, and what it breaks. */
  readonly what: string;
  readonly remedy: string;
}

/** Families of types that our statements can write and read; an adopted table may use any member. */
const FAMILIES = {
  integer: ['int4', 'int8', 'int2'],
  text: ['text', 'varchar', 'bpchar', 'citext'],
  label: ['text', 'varchar', 'bpchar', 'citext'],
  date: ['date', 'timestamp'],
  number: ['numeric', 'float8', 'float4'],
  time: ['timestamptz', 'timestamp'],
  textual: ['text', 'varchar', 'json', 'jsonb'],
} as const;

interface Needed {
  readonly family: keyof typeof FAMILIES;
  /** Characters, or digits before the decimal point, that every installation needs. */
  readonly room?: number;
  /** Values that are written. */
  readonly labels?: readonly string[];
  /** Our inserts always give a value. */
  readonly filled?: true;
}

/** `minio://<bucket>/<key>` */
const IMAGE_PATH_ROOM = 100;
/** The longest of ISO 4217. */
const CURRENCY_ROOM = 3;

const NEEDED: Readonly<Record<string, Readonly<Record<string, Needed>>>> = {
  receipts: {
    id: { family: 'integer' },
    user_id: { family: 'integer', filled: true },
    image_path: { family: 'text', room: IMAGE_PATH_ROOM, filled: true },
    purchase_date: { family: 'date' },
    status: { family: 'label', labels: ['uploaded'], filled: true },
    ocr_status: { family: 'label', labels: ['pending', 'processing', 'completed', 'failed'], filled: true },
    merchant_name: { family: 'text' },
    total_amount: { family: 'number' },
    currency: { family: 'text', room: CURRENCY_ROOM },
    extraction_confidence: { family: 'number' },
    extraction_errors: { family: 'textual' },
    ocr_text: { family: 'text' },
    parsed_at: { family: 'time' },
    created_at: { family: 'time', filled: true },
    updated_at: { family: 'time', filled: true },
  },
  receipt_items: {
    id: { family: 'integer' },
    receipt_id: { family: 'integer', filled: true },
    item_name: { family: 'text', filled: true },
    quantity: { family: 'number' },
    unit_price: { family: 'number' },
    total_price: { family: 'number' },
    currency: { family: 'text', room: CURRENCY_ROOM },
    confidence: { family: 'number' },
  },
};

/** What saving needs is refused without; what uploads and deletions need is only named. */
const RIGHTS: Readonly<Record<string, { readonly saving: readonly string[]; readonly other: readonly string[] }>> = {
  receipts: { saving: ['SELECT', 'UPDATE'], other: ['INSERT', 'DELETE'] },
  receipt_items: { saving: ['SELECT', 'INSERT', 'DELETE'], other: [] },
};

/**
 * Looks at the replaced system's tables, where they stand, for everything that could break a later write.
 * @param options `first`: our own tables are still to be made, and will refer to these
 * @returns nothing for tables that are absent: the migration makes them
 */
export async function inspectTables(db: Queryable, { first }: { first: boolean }): Promise<Finding[]> {
  const tables = await catalog.tables(db);
  if (tables.length === 0) return [];
  const session = await catalog.session(db);
  const columns = await catalog.columns(db);
  const readable = tables.every(({ missing_rights }) => !missing_rights.includes('SELECT'));
  return [
    ...tables.flatMap((table) => tableFindings(table, session.role, first)),
    ...tables.flatMap(({ name }) =>
      columnFindings(
        name,
        columns.filter((column) => column.table === name),
        session,
      ),
    ),
    ...(await ruleFindings(db)),
    ...(first && readable && tables.some(({ name }) => name === 'receipts') ? await rowFindings(db, columns) : []),
  ];
}

function tableFindings({ name, kind, ...table }: AdoptedTable, role: string, first: boolean): Finding[] {
  const rights = RIGHTS[name] ?? { saving: [], other: [] };
  const grant = (missing: readonly string[]) =>
    `grant ${missing.join(', ').toLowerCase()} on public.${name} to ${role};`;
  const lacking = (wanted: readonly string[]) => wanted.filter((right) => table.missing_rights.includes(right));
  const needed = lacking([...rights.saving, ...(first && name === 'receipts' ? ['REFERENCES', 'TRIGGER'] : [])]);
  const useful = lacking(rights.other);
  return [
    ...when(
      !['r', 'p'].includes(kind),
      'refuse',
      `public.${name} is no table`,
      'Point DATABASE_URL at the database that has the table.',
    ),
    ...when(
      name === 'receipts' && !table.id_is_key,
      'refuse',
      'public.receipts.id is not unique by itself',
      'alter table public.receipts add primary key (id);',
    ),
    ...when(needed.length > 0, 'refuse', `role ${role} may not ${needed.join(', ')} on public.${name}`, grant(needed)),
    ...when(
      useful.length > 0,
      'warn',
      `role ${role} may not ${useful.join(', ')} on public.${name}, so uploads or deletions through this service are refused`,
      grant(useful),
    ),
    ...when(
      table.row_security,
      'warn',
      `row-level security of public.${name} holds for role ${role}: receipts that it hides are not found`,
      `alter role ${role} bypassrls; or a policy for it`,
    ),
  ];
}

function columnFindings(table: string, columns: readonly AdoptedColumn[], session: Session): Finding[] {
  const needed = NEEDED[table] ?? {};
  const missing = Object.keys(needed).filter((name) => !columns.some(({ column }) => column === name));
  return [
    ...missing.map(
      (name): Finding => ({
        severity: 'refuse',
        what: `public.${table} has no column ${name}`,
        remedy: `alter table public.${table} add column ${name} ${TYPE_OF[needed[name]?.family ?? 'text']};`,
      }),
    ),
    ...columns.flatMap((column) => {
      const need = needed[column.column];
      return need ? knownColumn(column, need, session) : foreignColumn(column);
    }),
  ];
}

const TYPE_OF: Readonly<Record<keyof typeof FAMILIES, string>> = {
  integer: 'integer',
  text: 'text',
  label: 'text',
  date: 'date',
  number: 'numeric(10,2)',
  time: 'timestamptz',
  textual: 'text',
};

function knownColumn(column: AdoptedColumn, need: Needed, { zone }: Session): Finding[] {
  const at = `public.${column.table}.${column.column}`;
  const alter = `alter table public.${column.table} alter column ${column.column}`;
  const usable: readonly string[] = FAMILIES[need.family];
  const absent = need.labels?.filter((label) => column.labels?.includes(label) === false) ?? [];
  if (column.labels !== null && need.labels !== undefined) {
    return when(
      absent.length > 0,
      'refuse',
      `${at} is the enum ${column.type} (${column.labels.join(', ')}) without ${absent.join(', ')}`,
      absent
        .map((label) => {
          const other = column.labels?.find((known) => known.toLowerCase() === label);
          return other === undefined
            ? `alter type ${column.type} add value '${label}';`
            : `alter type ${column.type} rename value '${other}' to '${label}';`;
        })
        .join(' '),
    );
  }
  if (column.labels !== null) {
    return when(
      true,
      'warn',
      `${at} is the enum ${column.type}: readings with another value are refused`,
      `${alter} type text;`,
    );
  }
  if (!usable.includes(column.base)) {
    return when(
      true,
      'refuse',
      `${at} is ${column.type}, not ${TYPE_OF[need.family]}`,
      `${alter} type ${TYPE_OF[need.family]};`,
    );
  }
  const room = column.width ?? column.digits;
  const wanted = Math.max(need.room ?? 0, ...(need.labels ?? []).map((label) => label.length));
  const givesNone = column.not_null && !column.fills_itself && need.filled !== true;
  const isId = column.column === 'id';
  return [
    ...when(
      room !== null && wanted > room,
      'refuse',
      `${at} is ${column.type}, too short for what is written (${wanted} characters)`,
      `${alter} type varchar(${wanted});`,
    ),
    ...when(
      isId && !column.fills_itself,
      column.table === 'receipts' ? 'warn' : 'refuse',
      `${at} has no default, so new rows are refused`,
      `${alter} add generated by default as identity;`,
    ),
    ...when(
      !isId && givesNone,
      'warn',
      `${at} is NOT NULL without a default: uploads, and readings without this value, are refused`,
      `${alter} drop not null;`,
    ),
    ...when(
      !isId && column.not_null && column.fills_itself && need.filled !== true,
      'warn',
      `${at} is NOT NULL: readings without this value are refused`,
      `${alter} drop not null;`,
    ),
    ...when(
      need.family === 'time' && column.base === 'timestamp' && zone !== 'UTC' && zone !== 'Etc/UTC',
      'warn',
      `${at} is a timestamp without time zone, read and written as UTC, while this database’s zone is ${zone}`,
      `${alter} type timestamptz using ${column.column} at time zone '${zone}'; if your application writes local time`,
    ),
  ];
}

/** A column that we know nothing of, so it stays empty. */
function foreignColumn(column: AdoptedColumn): Finding[] {
  return when(
    column.not_null && !column.fills_itself,
    column.table === 'receipts' ? 'warn' : 'refuse',
    `public.${column.table}.${column.column} is NOT NULL without a default, and this program does not fill it: ${
      column.table === 'receipts' ? 'uploads through this service' : 'readings with items'
    } are refused`,
    `alter table public.${column.table} alter column ${column.column} drop not null; or give it a default`,
  );
}

async function ruleFindings(db: Queryable): Promise<Finding[]> {
  const rules = await catalog.rules(db);
  return rules.map(
    ({ table, name, kind, definition }): Finding => ({
      severity: 'warn',
      what: `public.${table} has the ${kind} ${name} (${definition}): what it refuses is not saved, and the job fails with result_not_storable`,
      remedy: 'Make sure that it lets the queue write.',
    }),
  );
}

async function rowFindings(db: Queryable, columns: readonly AdoptedColumn[]): Promise<Finding[]> {
  const id = columns.find(({ table, column }) => table === 'receipts' && column === 'id');
  const image = columns.find(({ table, column }) => table === 'receipts' && column === 'image_path');
  if (!id || !image) return [];
  const rows = await catalog.rows(db);
  return [
    ...when(
      Number(rows?.highest_id ?? 0) > MAX_ID,
      'refuse',
      `public.receipts.id reaches ${rows?.highest_id}; ids up to ${MAX_ID} are supported`,
      'Number the receipts anew.',
    ),
    ...when(
      (rows?.without_image ?? 0) > 0,
      'warn',
      `${rows?.without_image === 1_000 ? '1,000 or more' : rows?.without_image} receipts have no image_path: they are not queued`,
      'update public.receipts set image_path = … where image_path is null;',
    ),
  ];
}

function when(so: boolean, severity: Finding['severity'], what: string, remedy: string): Finding[] {
  return so ? [{ severity, what, remedy }] : [];
}
