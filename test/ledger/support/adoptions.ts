/** As the replaced system's own ORM would have made it: types of its own choice. */
export const EXISTING = `
create table public.receipts (
  id serial primary key, user_id bigint not null, image_path varchar, purchase_date date,
  status varchar not null, ocr_status varchar not null, merchant_name varchar, total_amount double precision,
  currency varchar(3), extraction_confidence double precision, extraction_errors jsonb, ocr_text text,
  parsed_at timestamp, created_at timestamp default now(), updated_at timestamp default now(), note text);
create table public.receipt_items (
  id serial primary key, receipt_id integer not null references public.receipts (id), item_name varchar(200),
  quantity numeric(10,3), unit_price numeric(10,2), total_price numeric(10,2), currency varchar(3), confidence double precision);
insert into public.receipts (user_id, image_path, status, ocr_status, merchant_name) values (5, 'minio://receipts/old.jpg', 'uploaded', 'pending', 'Old');
`;

/** What is changed in the existing tables, and what is said of it: the finding and its remedy. */
export interface Case {
  readonly name: string;
  readonly sql: string;
  readonly says?: RegExp;
  readonly remedy?: RegExp;
}

export const WARNED: readonly Case[] = (
  [
    [
      'receipts without ids of their own',
      'alter table receipts alter column id drop default',
      /receipts.id has no default/,
      /identity/,
    ],
    [
      'a receipt column that nobody fills',
      `alter table receipts add column shop text not null default 'x'; alter table receipts alter column shop drop default`,
      /shop is NOT NULL without a default.*uploads/,
      /drop not null/,
    ],
    [
      'a merchant that must be there',
      'alter table receipts alter column merchant_name set not null',
      /merchant_name is NOT NULL/,
      /drop not null/,
    ],
    [
      'a price that must be there',
      'alter table receipt_items alter column unit_price set not null',
      /unit_price is NOT NULL/,
      /drop not null/,
    ],
    [
      'a currency with a default that must be there',
      `alter table receipt_items alter column currency set default 'VND', alter column currency set not null`,
      /currency is NOT NULL: readings without/,
      /drop not null/,
    ],
    [
      'a check',
      'alter table receipts add constraint cheap check (total_amount < 100)',
      /check cheap .*total_amount/,
      /./,
    ],
    [
      'the check of a domain',
      'create domain small as numeric check (value < 100); alter table receipt_items alter column unit_price type small',
      /check small_check \(unit_price CHECK/,
      /./,
    ],
    [
      'a rule for deletions of receipts, which no save needs',
      'create rule no_deletion as on delete to receipts do instead nothing',
      /rule no_deletion .*DO INSTEAD NOTHING/,
      /./,
    ],
    [
      'a check of a domain below another',
      'create domain small as numeric check (value < 100); create domain tiny as small; alter table receipt_items alter column unit_price type tiny',
      /check small_check \(unit_price CHECK/,
      /./,
    ],
    [
      'a domain below another that must have a value',
      `create domain filled as text not null; create domain named as filled; update receipts set merchant_name = 'x'; alter table receipts alter column merchant_name type named`,
      /merchant_name is NOT NULL/,
      /drop not null/,
    ],
    ['items that a crash empties', 'alter table receipt_items set unlogged', /receipt_items is unlogged/, /set logged/],
    [
      'receipts of nobody',
      `insert into receipts (user_id, image_path, status, ocr_status) values (0, 'x', 'uploaded', 'pending'), (9007199254740993, 'x', 'uploaded', 'pending')`,
      /2 receipts have no user_id from 1 to 9007199254740991/,
      /set user_id/,
    ],
    [
      'items whose reference has less room than the id',
      'alter table receipts alter column id type bigint',
      /receipt_id is integer, public.receipts.id bigint/,
      /receipt_id type bigint/,
    ],
    [
      'a unique constraint',
      'alter table receipts add constraint one_image unique (image_path)',
      /unique index one_image/,
      /./,
    ],
    [
      'a unique index',
      'create unique index one_name on receipt_items (receipt_id, lower(item_name))',
      /unique index one_name/,
      /./,
    ],
    [
      'a unique index of an expression',
      'create unique index one_shop on receipts (lower(merchant_name))',
      /unique index one_shop/,
      /./,
    ],
    [
      'a foreign key',
      'create table users (id bigint primary key); insert into users values (5); alter table receipts add constraint receipts_user foreign key (user_id) references users',
      /foreign key receipts_user/,
      /./,
    ],
    [
      'a trigger',
      `create function no_wine() returns trigger language plpgsql as 'begin return new; end'; create trigger no_wine before insert on receipt_items for each row execute function no_wine()`,
      /trigger no_wine/,
      /./,
    ],
    [
      'receipts without an image',
      `insert into receipts (user_id, status, ocr_status) values (1, 'uploaded', 'pending'), (2, 'uploaded', 'pending')`,
      /2 receipts have no image_path/,
      /image_path is null/,
    ],
    [
      'a currency as an enum',
      `create type money_sign as enum ('VND', 'EUR'); alter table receipts alter column currency type money_sign using currency::money_sign`,
      /currency is the enum/,
      /type text/,
    ],
    [
      'a domain',
      'create domain name_of_shop as varchar(20) not null; alter table receipts alter column merchant_name type name_of_shop',
      /merchant_name is NOT NULL/,
      /drop not null/,
    ],
  ] as const
).map(([name, sql, says, remedy]) => ({ name, sql, says, remedy }));

export const FINE: readonly Case[] = (
  [
    [
      'bigint ids',
      'alter table receipts alter column id type bigint; alter table receipt_items alter column id type bigint, alter column receipt_id type bigint',
    ],
    [
      'an enum in small letters',
      `create type ocr_state as enum ('pending', 'processing', 'completed', 'failed', 'archived'); alter table receipts alter column ocr_status type ocr_state using ocr_status::ocr_state`,
    ],
    ['a further column with a default', `alter table receipts add column shop text not null default 'x'`],
    ['a generated column', `alter table receipts add column label text generated always as (status || '!') stored`],
    [
      'domains below domains',
      'create domain short as varchar(20); create domain shop as short; alter table receipts alter column merchant_name type shop',
    ],
    [
      'partitions by id',
      `drop table receipt_items; alter table receipts rename to receipts_2025; create table receipts (like receipts_2025 including defaults, primary key (id)) partition by hash (id);
       create table half partition of receipts for values with (modulus 2, remainder 0);
       create table receipt_items (id serial primary key, receipt_id integer references receipts (id), item_name text, quantity numeric, unit_price numeric, total_price numeric, currency text, confidence numeric)`,
    ],
    ['a publication of tables with keys', 'create publication everything for all tables'],
    ['a nullable further column', 'alter table receipt_items add column sku text'],
    [
      'text in place of varchar',
      'alter table receipts alter column image_path type text, alter column status type text',
    ],
  ] as const
).map(([name, sql]) => ({ name, sql }));
