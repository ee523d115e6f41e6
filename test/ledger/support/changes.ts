import type { Queryable } from '../../../src/ledger/connection/queryable.ts';

/** A change of the replaced system's tables that an installation may have made. */
export interface Change {
  readonly name: string;
  /** What a finding about it names: the column, the constraint, the rule, the trigger. */
  readonly named: string;
  readonly sql: string;
}

type Column = { table: string; name: string; type: string; not_null: boolean; labels: string[] };

const COLUMNS = `
select c.relname::text as "table", a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type,
  a.attnotnull as not_null
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relname in ('receipts', 'receipt_items') order by 1, a.attnum`;

const TYPES = [
  ...[
    'boolean',
    'uuid',
    'smallint',
    'integer',
    'bigint',
    'text',
    'varchar(2)',
    'char(3)',
    'numeric(3,2)',
    'numeric(20,0)',
  ],
  ...[
    'double precision',
    'date',
    'timestamp',
    'timestamptz',
    'time',
    'json',
    'jsonb',
    'text[]',
    'money',
    'bytea',
    'name',
  ],
];
/** As a cast of what stands there, else of nothing. */
const retyped = ({ table, name, not_null }: Column, type: string) => {
  const alter = `alter table public.${table} alter column ${name}`;
  const plain = `${alter} drop default; ${alter} type ${type} using`;
  const nothing = `${not_null ? `${alter} drop not null; ` : ''}${plain} null::${type}`;
  return `do $do$ begin ${plain} ${name}::text::${type}; exception when others then ${nothing}; end $do$`;
};

/** Every label of the states that the queue writes, and what is missing in an enum without it. */
const LABELS = ['uploaded', 'pending', 'processing', 'completed', 'failed'];

function ofColumn(column: Column): Change[] {
  const { table, name } = column;
  const at = `public.${table}`;
  const change = (what: string, sql: string, named = name): Change => ({
    name: `${table}.${name} ${what}`,
    named,
    sql,
  });
  const typed = TYPES.map((type) => change(`as ${type}`, retyped(column, type)));
  // An id is what the jobs of this test are about.
  if (name === 'id') return [change('without a default', `alter table ${at} alter column id drop default`)];
  return [
    ...typed,
    change('missing', `alter table ${at} drop column ${name} cascade`),
    change(
      'generated',
      `alter table ${at} drop column ${name} cascade, add column ${name} ${column.type}
      generated always as (null::${column.type}) stored`,
    ),
    // As it would be of a table whose rows all have a value.
    change(
      'not null',
      `update pg_attribute set attnotnull = true where attrelid = '${at}'::regclass and attname = '${name}'`,
    ),
    change(
      'not null without a default',
      `alter table ${at} alter column ${name} drop default; update pg_attribute
      set attnotnull = true where attrelid = '${at}'::regclass and attname = '${name}'`,
    ),
    change('checked to be empty', `alter table ${at} add constraint odd check (${name} is null) not valid`, 'odd'),
    change('checked to be filled', `alter table ${at} add constraint odd check (${name} is not null) not valid`, 'odd'),
    change(
      'checked by its domain',
      `create domain odd as ${column.type} check (value is null) not valid;
      alter table ${at} drop column ${name} cascade, add column ${name} odd`,
      'odd',
    ),
    change(
      'a foreign key',
      `create table public.others (id ${column.type} primary key);
      alter table ${at} add constraint odd foreign key (${name}) references public.others not valid`,
      'odd',
    ),
    ...(name === 'status' || name === 'ocr_status'
      ? LABELS.map((label) =>
          change(
            `an enum without ${label}`,
            `create type odd as enum (${LABELS.filter((other) => other !== label).map(
              (other) => `'${other}'`,
            )}, 'other');
          alter table ${at} alter column ${name} drop default,
          alter column ${name} type odd using (case ${name}::text when '${label}' then 'other' else ${name}::text end)::odd`,
          ),
        )
      : [
          change(
            'an enum',
            `create type odd as enum ('a'); alter table ${at} alter column ${name} drop default,
          alter column ${name} drop not null, alter column ${name} type odd using null`,
          ),
        ]),
  ];
}

function ofTable(table: string): Change[] {
  const at = `public.${table}`;
  const refuse = `create function public.odd() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;`;
  return [
    {
      name: `${table} with a column that nobody fills`,
      named: 'odd',
      sql: `alter table ${at} add column odd text not null default '';
      alter table ${at} alter column odd drop default`,
    },
    ...['insert', 'update', 'delete'].flatMap((event) => [
      {
        name: `${table} with a rule for ${event}`,
        named: 'odd',
        sql: `create rule odd as on ${event} to ${at} do instead nothing`,
      },
      {
        name: `${table} with a trigger for ${event}`,
        named: 'odd',
        sql: `${refuse}
        create trigger odd before ${event} on ${at} for each row execute function public.odd()`,
      },
    ]),
    {
      name: `${table} with one row at most`,
      named: 'odd',
      sql: `create unique index odd on ${at} ((true)) where id > 3`,
    },
  ];
}

/** Every such change of every column and table, as the catalog has them. */
export async function changesOf(db: Queryable): Promise<Change[]> {
  const columns = await db.query<Column>(COLUMNS);
  return [...columns.flatMap(ofColumn), ...['receipts', 'receipt_items'].flatMap(ofTable)];
}
