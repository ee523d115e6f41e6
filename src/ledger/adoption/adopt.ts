import { MAX_ID } from '../../contract/job.ts';
import type { Queryable } from '../connection/queryable.ts';
import { type AdoptedTable, catalog } from './adopt-catalog.ts';
import { columnFindings, type Finding, when } from './adopt-columns.ts';

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
  const findings = [
    ...tables.flatMap((table) => tableFindings(table, session.role, first)),
    ...tables.filter(isTable).flatMap(({ name }) => columnFindings(name, columns, session)),
    ...(await ruleFindings(db)),
  ];
  // What is refused anyway may have no such rows, or none that can be read.
  const looksAtRows = first && findings.every(({ severity }) => severity !== 'refuse');
  return looksAtRows && tables.some(({ name }) => name === 'receipts')
    ? [...findings, ...(await rowFindings(db))]
    : findings;
}

const isTable = ({ kind }: Pick<AdoptedTable, 'kind'>) => ['r', 'p'].includes(kind);

function tableFindings({ name, kind, ...table }: AdoptedTable, role: string, first: boolean): Finding[] {
  const rights = RIGHTS[name] ?? { saving: [], other: [] };
  const grant = (missing: readonly string[]) =>
    `grant ${missing.join(', ').toLowerCase()} on public.${name} to ${role};`;
  const lacking = (wanted: readonly string[]) => wanted.filter((right) => table.missing_rights.includes(right));
  const needed = lacking([...rights.saving, ...(first && name === 'receipts' ? ['REFERENCES', 'TRIGGER'] : [])]);
  const useful = lacking(rights.other);
  return [
    ...when(
      !isTable({ kind }),
      'refuse',
      `public.${name} is no table`,
      'Point DATABASE_URL at the database that has the table.',
    ),
    ...when(
      name === 'receipts' && !table.id_is_key,
      'refuse',
      'public.receipts.id is not unique by itself',
      table.partitioned_by === null || table.partitioned_by.endsWith('(id)')
        ? 'alter table public.receipts add unique (id);'
        : `It is partitioned by ${table.partitioned_by}, and a key of such a table holds those columns too: partition it by id.`,
    ),
    ...when(
      table.unlogged,
      name === 'receipts' ? 'refuse' : 'warn',
      `public.${name} is unlogged, so a crash of the server empties it`,
      `alter table public.${name} set logged;`,
    ),
    ...when(
      name === 'receipts' && table.heirs.length > 0,
      'refuse',
      `public.receipts shows the rows of ${table.heirs.join(', ')}, which its key does not cover`,
      table.heirs.map((heir) => `alter table ${heir} no inherit public.receipts;`).join(' '),
    ),
    ...when(
      table.unidentified,
      'refuse',
      `public.${name} is published without a replica identity, so its changes are refused`,
      `alter table public.${name} replica identity full;`,
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
  return rules.map(({ table, name, kind, definition, stops_saves }): Finding => {
    const at = `public.${table} has the ${kind} ${name} (${definition})`;
    return stops_saves
      ? {
          severity: 'refuse',
          what: `${at}: PostgreSQL does not run statements like ours on a table with such a rule`,
          remedy: `drop rule ${name} on public.${table}; a trigger does the same`,
        }
      : {
          severity: 'warn',
          what: `${at}: what it refuses is not saved, and the job fails with result_not_storable`,
          remedy: 'Make sure that it lets the queue write.',
        };
  });
}

async function rowFindings(db: Queryable): Promise<Finding[]> {
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
    ...when(
      (rows?.without_user ?? 0) > 0,
      'warn',
      `${rows?.without_user === 1_000 ? '1,000 or more' : rows?.without_user} receipts have no user_id from 1 to ${MAX_ID}: they are neither shown nor queued`,
      `update public.receipts set user_id = … where user_id is null or user_id not between 1 and ${MAX_ID};`,
    ),
  ];
}
