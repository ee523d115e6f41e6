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
interface Case {
  readonly name: string;
  readonly sql: string;
  readonly says?: RegExp;
  readonly remedy?: RegExp;
}

export const REFUSED: readonly Case[] = (
  [
    [
      'a missing column',
      'alter table receipts drop column ocr_text',
      /receipts has no column ocr_text/,
      /add column ocr_text text;/,
    ],
    [
      'a missing item column',
      'alter table receipt_items drop column confidence',
      /receipt_items has no column confidence/,
      /add column/,
    ],
    [
      'a uuid as user',
      'alter table receipts drop column user_id, add column user_id uuid',
      /user_id is uuid, not integer/,
      /type integer/,
    ],
    [
      'errors as an array',
      'alter table receipts drop column extraction_errors, add column extraction_errors text[]',
      /extraction_errors is text\[\]/,
      /type text/,
    ],
    [
      'money',
      'alter table receipts alter column total_amount type money using null',
      /total_amount is money/,
      /numeric/,
    ],
    [
      'a date with a zone',
      'alter table receipts alter column purchase_date type timestamptz',
      /purchase_date is timestamp with time zone, not date/,
      /type date/,
    ],
    [
      'an enum in capitals',
      `create type ocr_state as enum ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED'); alter table receipts alter column ocr_status type ocr_state using upper(ocr_status)::ocr_state`,
      /ocr_status is the enum ocr_state .*without pending, processing/,
      /rename value 'PROCESSING' to 'processing'/,
    ],
    [
      'an enum without processing',
      `create type ocr_state as enum ('pending', 'completed', 'failed'); alter table receipts alter column ocr_status type ocr_state using ocr_status::ocr_state`,
      /without processing/,
      /add value 'processing'/,
    ],
    [
      'a status too short',
      'alter table receipts alter column ocr_status type varchar(8)',
      /ocr_status is character varying\(8\), too short/,
      /varchar\(10\)/,
    ],
    [
      'an image path too short',
      'alter table receipts alter column image_path type varchar(50)',
      /image_path is character varying\(50\), too short/,
      /varchar\(100\)/,
    ],
    [
      'a currency of two letters',
      'alter table receipt_items alter column currency type varchar(2)',
      /receipt_items.currency/,
      /varchar\(3\)/,
    ],
    [
      'a view',
      'alter table receipt_items rename to things; create view receipt_items as select * from things',
      /receipt_items is no table/,
      /./,
    ],
    [
      'ids that are no key',
      'alter table receipt_items drop constraint receipt_items_receipt_id_fkey; alter table receipts drop constraint receipts_pkey',
      /id is not unique/,
      /primary key/,
    ],
    [
      'items without ids of their own',
      'alter table receipt_items alter column id drop default',
      /receipt_items.id has no default/,
      /identity/,
    ],
    [
      'an item column that nobody fills',
      'alter table receipt_items add column sku text not null',
      /sku is NOT NULL without a default/,
      /drop not null/,
    ],
    [
      'ids that a number on the wire cannot say exactly',
      'alter table receipts alter column id type bigint; update receipts set id = 9007199254740993',
      /id reaches 9007199254740993/,
      /./,
    ],
  ] as const
).map(([name, sql, says, remedy]) => ({ name, sql, says, remedy }));

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
    ['a nullable further column', 'alter table receipt_items add column sku text'],
    [
      'text in place of varchar',
      'alter table receipts alter column image_path type text, alter column status type text',
    ],
  ] as const
).map(([name, sql]) => ({ name, sql }));
