import { invalidArgument } from '../contract/check-input.ts';
import { ocrOf } from '../contract/job.ts';
import { listReceipts, type ReceiptRow, readItems, readReceipt } from '../jobs/ocr/receipts.ts';
import { fieldsOf } from '../jobs/ocr/reply-fields.ts';
import type { Db } from '../ledger/db.ts';
import { readReply } from '../ledger/replies.ts';
import type { Cursors } from './cursors.ts';
import { boundEvidence } from './evidence.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';
import { provenanceView, receiptView } from './receipt-view.ts';
import { noSuchReceipt } from './refusals.ts';

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
    row.ocr_status === 'completed' || row.set_by.items ? readItems(db, row.id) : null,
    replyShown(db, row),
  ]);
  return {
    ...receiptView(row, items),
    ...boundEvidence(reply ? fieldsOf(reply).evidence : null),
    ...provenanceView(row, reply && { attempt: reply.attempt, at: reply.stored_at }),
  };
};

/** The reply behind what a receipt shows; undefined where none is kept. */
export async function replyShown(db: Db, { id, result_generation: generation }: ReceiptRow) {
  return generation === null ? undefined : readReply(db, { ...ocrOf(id), generation });
}
