import { stringify } from 'csv-stringify/sync';
import { cleanLine } from '../contract/clean-text.ts';
import type { DecimalSign } from '../contract/export.ts';
import type { FoundReceipt } from '../contract/operations/find-receipts.ts';

/** Of one cell; what is longer ends with an ellipsis. Spreadsheets hold 32,767 characters. */
const MAX_CELL = 1_000;

/** A text from outside, on one line; or a number, which is no formula however it begins. */
type Cell = string | { readonly amount: string | null };
type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;
type FoundItem = NonNullable<FoundReceipt['items']>[number];

const text = (value: string | null): string => cleanLine(value ?? '', MAX_CELL);

/** A row for each receipt. */
const RECEIPTS: Columns<FoundReceipt> = {
  receipt_id: ({ receipt_id }) => ({ amount: String(receipt_id) }),
  purchase_date: ({ purchase_date }) => text(purchase_date),
  merchant: ({ merchant }) => text(merchant),
  total: ({ total_amount }) => ({ amount: total_amount }),
  currency: ({ currency }) => text(currency),
  needs_review: ({ needs_review }) => String(needs_review),
  review_reasons: ({ review_reasons }) => text(review_reasons.map(({ message }) => message).join('; ')),
  status: ({ ocr_status }) => text(ocr_status),
  added_at: ({ created_at }) => text(created_at),
};

/** A row for each line of a receipt. */
const ITEMS: Columns<FoundReceipt & { readonly item: FoundItem }> = {
  receipt_id: RECEIPTS.receipt_id as Columns<FoundReceipt>[string],
  purchase_date: RECEIPTS.purchase_date as Columns<FoundReceipt>[string],
  merchant: RECEIPTS.merchant as Columns<FoundReceipt>[string],
  item: ({ item }) => text(item.item_name),
  quantity: ({ item }) => ({ amount: item.quantity }),
  unit_price: ({ item }) => ({ amount: item.unit_price }),
  price: ({ item }) => ({ amount: item.total_price }),
  currency: ({ item, currency }) => text(item.currency ?? currency),
  needs_review: RECEIPTS.needs_review as Columns<FoundReceipt>[string],
};

const CSV_COLUMNS = { receipts: Object.keys(RECEIPTS), items: Object.keys(ITEMS) } as const;

/** A number needs no guard against formulas, and "-3.00" with one would be a text. */
const AS_NUMBER = { escape_formulas: false };

/**
 * A part of a CSV file (RFC 4180, UTF-8 with its mark) that spreadsheets open without running anything of it.
 * @param options `isFirst`: the mark and the names of the columns come before it
 */
export function csvOf(
  receipts: readonly FoundReceipt[],
  { items, decimal, isFirst }: { readonly items: boolean; readonly decimal: DecimalSign; readonly isFirst: boolean },
): string {
  const rows = items
    ? receipts.flatMap((receipt) => (receipt.items ?? []).map((item) => cellsOf(ITEMS, { ...receipt, item })))
    : receipts.map((receipt) => cellsOf(RECEIPTS, receipt));
  return stringify(rows, {
    bom: isFirst,
    header: isFirst,
    columns: [...CSV_COLUMNS[items ? 'items' : 'receipts']],
    delimiter: decimal === 'comma' ? ';' : ',',
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: {
      object: ({ amount }) => {
        const number = typeof amount === 'string' ? amount : '';
        return { ...AS_NUMBER, value: decimal === 'comma' ? number.replace('.', ',') : number };
      },
    },
  });
}

const cellsOf = <Row>(columns: Columns<Row>, row: Row): Cell[] => Object.values(columns).map((cell) => cell(row));
