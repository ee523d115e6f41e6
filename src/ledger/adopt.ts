import { MAX_ID } from '../contract/job.ts';
import { type AdoptedColumn, type AdoptedTable, catalog } from './adopt-catalog.ts';
import { columnFindings, type Finding, when } from './adopt-columns.ts';
import type { Queryable } from './queryable.ts';

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
    ...tables.flatMap(({ name }) => columnFindings(name, columns, session)),
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
