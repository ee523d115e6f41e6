import type { ExtractReply } from '../../src/contract/agent.ts';

/** Text of a receipt that must appear in no log and no message of an error. */
export const RECEIPT_TEXT = 'hunter2';

/** What agents have been seen to send, or could. */
export const ODD_VALUES: Readonly<Record<string, unknown>> = {
  missing: undefined,
  null: null,
  'an empty text': '',
  'a number': 7,
  'a float that is not exact': 3.3333333333333335,
  'a huge number': 1e308,
  'a number beyond the column': 123_456_789.99,
  'a negative number': -12.99,
  percent: 95,
  'grouped digits': '1,234.50',
  'digits without a whole part': '.99',
  'a quantity with its unit': '2 kg',
  'a date with two readings': '12/03/2026',
  'a date that does not exist': '0000-01-01',
  'what is not a number': 'NaN',
  true: true,
  'an empty list': [],
  'a list of numbers': [1, 2],
  'an empty object': {},
  'nested objects': { a: { b: { c: { d: { e: { f: { g: { h: { i: { j: 1 } } } } } } } } } },
  'an object that cannot become a text': { toString: 1, valueOf: 1, toJSON: 1 },
  'a list that cannot become a text': [[{ toString: null, valueOf: null }]],
  'a long text': `${RECEIPT_TEXT} ${'x'.repeat(5_000)}`,
  'characters of two units at every cut': '😀'.repeat(300),
  'NUL and controls': `${RECEIPT_TEXT}\u0000\u0001\u001b[31m\n\u2028\u202e`,
  'half a character': `${RECEIPT_TEXT}\ud800`,
  SQL: `${RECEIPT_TEXT}'); drop table receipts; --`,
  'many digits': '9'.repeat(40),
  'a list of many texts': Array.from({ length: 1_500 }, (_, at) => `${RECEIPT_TEXT} ${at}`),
};

/** Every field of a reply, as a path. */
export const REPLY_FIELDS = [
  'receipt_id',
  'metadata',
  ...['merchant_name', 'purchase_date', 'total_amount', 'tax_amount', 'currency', 'confidence'].map(
    (name) => `metadata.${name}`,
  ),
  'items',
  'items.0',
  ...['item_name', 'quantity', 'unit_price', 'total_price', 'currency', 'confidence'].map((name) => `items.0.${name}`),
  'raw_text',
  'validation',
  ...['valid', 'errors', 'warnings', 'confidence'].map((name) => `validation.${name}`),
  'processing_time_ms',
  'success',
  'error_message',
  'evidence',
  'of_another_version',
] as const;

/** A copy of a reply in which one field is another value. */
export function withField(reply: ExtractReply, path: string, value: unknown): unknown {
  const copy = structuredClone(reply) as unknown as Record<string, unknown>;
  const names = path.split('.');
  const last = names.pop() ?? '';
  let place = copy;
  for (const name of names) place = place[name] as Record<string, unknown>;
  place[last] = value;
  return copy;
}

/** The replaced system's tables as installations have changed them; the statements run after the migrations. */
export const ADOPTED_SCHEMAS: Readonly<Record<string, { readonly sql: string; readonly refuses?: true }>> = {
  'of our own': { sql: '' },
  'with narrower columns': {
    sql: `
      alter table receipts alter merchant_name type varchar(10), alter currency type varchar(3),
        alter total_amount type numeric(6,1), alter extraction_errors type varchar(20), alter ocr_text type varchar(30);
      alter table receipt_items alter item_name type varchar(5), alter quantity type numeric(4,0),
        alter unit_price type numeric(5,2), alter total_price type integer, alter currency type char(3)`,
  },
  'with other types': {
    sql: `
      alter table receipts alter total_amount type double precision, alter purchase_date type timestamptz,
        alter extraction_errors type jsonb using extraction_errors::jsonb, alter extraction_confidence type real;
      alter table receipt_items alter quantity type real, alter unit_price type numeric`,
  },
  'with errors in a list': {
    sql: 'alter table receipts alter extraction_errors type text[] using array[extraction_errors]',
  },
  'with NOT NULL': {
    sql: `
      alter table receipts alter merchant_name set default '', alter extraction_errors set default '';
      update receipts set merchant_name = '', extraction_errors = '';
      alter table receipts alter merchant_name set not null, alter extraction_errors set not null`,
    refuses: true,
  },
  'with CHECK': { sql: 'alter table receipts add constraint total_is_small check (total_amount < 5)', refuses: true },
  'with UNIQUE': { sql: 'create unique index one_of_each_shop on receipts (user_id, merchant_name)', refuses: true },
  'with a trigger that raises': {
    sql: `
      create function no_updates() returns trigger language plpgsql as $$
        begin raise exception 'may not be %', new.merchant_name; end $$;
      create trigger no_updates before update on receipts for each row execute function no_updates()`,
    refuses: true,
  },
  'with a trigger on items that raises': {
    sql: `
      create function no_items() returns trigger language plpgsql as $$
        begin raise exception 'may not be %', new.item_name using errcode = '55P03'; end $$;
      create trigger no_items before insert on receipt_items for each row execute function no_items()`,
    refuses: true,
  },
  'with an enum of the same labels': {
    sql: `
      create type states as enum ('pending', 'processing', 'completed', 'failed');
      drop index pantry_receipts_pending;
      alter table receipts alter ocr_status drop default,
        alter ocr_status type states using ocr_status::states, alter ocr_status set default 'pending'`,
  },
  'with an enum in capitals': {
    sql: `
      create type states as enum ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED');
      drop index pantry_receipts_pending;
      alter table receipts alter ocr_status drop default,
        alter ocr_status type states using upper(ocr_status)::states, alter ocr_status set default 'PENDING'`,
    refuses: true,
  },
  'with an enum that has no label for running ones': {
    sql: `
      create type states as enum ('pending', 'completed', 'failed');
      drop index pantry_receipts_pending;
      alter table receipts alter ocr_status drop default,
        alter ocr_status type states using ocr_status::states, alter ocr_status set default 'pending'`,
    refuses: true,
  },
};
