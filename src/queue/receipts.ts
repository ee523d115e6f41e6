import { invalidArgument } from '../contract/check-input.ts';
import { ocrOf } from '../contract/job.ts';
import type { Receipt } from '../contract/operations/receipts.ts';
import { listReceipts, type ReceiptItemRow, type ReceiptRow, readItems, readReceipt } from '../jobs/ocr/receipts.ts';
import { fieldsOf } from '../jobs/ocr/reply-fields.ts';
import { readReply } from '../ledger/replies.ts';
import type { Cursors } from './cursors.ts';
import { boundEvidence } from './evidence.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';
import { noSuchReceipt } from './refusals.ts';

export function receiptView(
  { result_generation: generation, ...row }: ReceiptRow,
  items: ReceiptItemRow[] | null,
  evidence: unknown = null,
): Receipt {
  return {
    ...row,
    generation,
    created_at: row.created_at.toISOString(),
    parsed_at: row.parsed_at?.toISOString() ?? null,
    ...boundEvidence(evidence),
    items,
  };
}

export function createListReceipts(cursors: Cursors): Handlers['listReceipts'] {
  return async ({ limit, cursor, last_id = -1 }, { db, tenant, owner }) => {
    if (cursor !== undefined && last_id >= 0) throw invalidArgument('last_id', 'ambiguous', TWO_PLACES);
    const after = last_id < 0 ? undefined : [last_id];
    const { rows: receipts, next_cursor } = await listPage(
      cursors,
      { limit, cursor, after },
      {
        list: ['list_receipts', tenant, owner],
        read: (page) => listReceipts(db, { tenant, userId: owner, ...page }),
        view: (row) => receiptView(row, null),
        keyOf: ({ id }) => [id],
      },
    );
    const lastId = next_cursor === null ? undefined : receipts.at(-1)?.id;
    return { total: receipts.length, receipts, last_id: lastId ?? -1, next_cursor };
  };
}

const TWO_PLACES = 'cursor and last_id both say where the page begins; give one of them.';

export const getReceipt: Handlers['getReceipt'] = async (input, { db, tenant, userId }) => {
  const row = await readReceipt(db, tenant, input.receipt_id, userId);
  if (!row) throw noSuchReceipt(input.receipt_id);
  // A receipt that was read by the replaced system has items, and no reply of ours.
  const [items, reply] = await Promise.all([
    row.ocr_status === 'completed' ? readItems(db, row.id) : null,
    row.result_generation === null ? undefined : readReply(db, { ...ocrOf(row.id), generation: row.result_generation }),
  ]);
  return receiptView(row, items, reply ? fieldsOf(reply).evidence : null);
};
