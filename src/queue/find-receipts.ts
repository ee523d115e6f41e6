import { MONEY } from '../contract/money-policy.ts';
import type { FoundReceipt } from '../contract/operations/find-receipts.ts';
import { type FoundItemRow, type FoundReceiptRow, findReceipts, itemsOf, placeOf } from '../jobs/ocr/find-receipts.ts';
import { merchantsNamed, type NamedMerchants, type OwnerOf } from '../jobs/ocr/merchants.ts';
import { NO_DAY } from '../jobs/ocr/receipt-filter.ts';
import type { Db } from '../ledger/db.ts';
import type { Cursors } from './cursors.ts';
import { listPage, type Searched } from './list-page.ts';
import type { Handlers } from './pipeline.ts';

export function createFindReceipts(cursors: Cursors): Handlers['findReceipts'] {
  return async ({ limit, cursor, with_items = false, ...filter }, { db, tenant, owner: userId }) => {
    const owner = { tenant, userId };
    const merchants = await namedMerchants(db, owner, filter.merchant);
    const { rows: receipts, next_cursor } = await listPage(
      cursors,
      { limit, cursor },
      {
        list: ['find_receipts', tenant, userId, filter, with_items],
        async read(page) {
          const found = await findReceipts(db, filter, owner, merchants?.keys, page);
          return with_items ? withItems(db, found) : found;
        },
        view: foundView,
        keyOf: placeOf,
      },
    );
    return { receipts, ...merchantsView(merchants), next_cursor };
  };
}

type WithItems = FoundReceiptRow & { readonly items?: readonly FoundItemRow[] };

/** Fewer rows than without lines, of which one receipt may have a thousand; the page goes on behind them. */
async function withItems(db: Db, found: Searched<FoundReceiptRow>): Promise<Searched<WithItems>> {
  const shown = found.rows.slice(0, MONEY.withItems);
  const lines = await itemsOf(
    db,
    shown.map(({ id }) => id),
  );
  const rows = shown.map((row) => ({ ...row, items: lines.filter(({ receipt_id }) => receipt_id === row.id) }));
  const last = shown.at(-1);
  return last === undefined || shown.length === found.rows.length
    ? { ...found, rows }
    : { rows, searchedTo: placeOf(last) };
}

/** @returns undefined where no merchant is asked for */
export async function namedMerchants(
  db: Db,
  owner: OwnerOf,
  name: string | undefined,
): Promise<NamedMerchants | undefined> {
  return name === undefined ? undefined : merchantsNamed(db, owner, name);
}

export function merchantsView(merchants: NamedMerchants | undefined) {
  return { merchants: [...(merchants?.names ?? [])], similar_merchants: [...(merchants?.similar ?? [])] };
}

function foundView(row: WithItems): FoundReceipt {
  return {
    receipt_id: row.id,
    user_id: row.user_id,
    merchant: row.merchant === '' ? null : row.merchant,
    purchase_date: row.day === NO_DAY ? null : row.day,
    total_amount: row.total_amount,
    currency: row.currency === '' ? null : row.currency,
    needs_review: row.needs_review,
    review_reasons: row.review_reasons,
    ocr_status: row.ocr_status,
    created_at: row.created_at.toISOString(),
    items: row.items?.map(({ receipt_id: _, ...item }) => item) ?? null,
  };
}
