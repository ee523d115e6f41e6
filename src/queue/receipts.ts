import { MAX_ID, ocrOf } from '../contract/job.ts';
import type { Receipt } from '../contract/operations/receipts.ts';
import { LIMITS } from '../contract/policies.ts';
import { listReceipts, type ReceiptItemRow, type ReceiptRow, readItems, readReceipt } from '../ledger/receipts.ts';
import { fieldsOf, readReply } from '../ledger/replies.ts';
import type { QueueDeps } from './deps.ts';
import { boundEvidence } from './evidence.ts';
import type { Handlers } from './pipeline.ts';
import { noSuchReceipt } from './refusals.ts';

const DEFAULT_ROWS = 50;

export function receiptView(row: ReceiptRow, items: ReceiptItemRow[] | null, evidence: unknown = null): Receipt {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    parsed_at: row.parsed_at?.toISOString() ?? null,
    ...boundEvidence(evidence),
    items,
  };
}

/** The first ones, as many as an answer holds; at least one, so that paging goes on. */
function thatFit(receipts: readonly Receipt[]): Receipt[] {
  let bytes = 0;
  const tooMany = receipts.findIndex((receipt, index) => {
    bytes += Buffer.byteLength(JSON.stringify(receipt));
    return index > 0 && bytes > LIMITS.answerBytes;
  });
  return receipts.slice(0, tooMany < 0 ? undefined : tooMany);
}

export function createListReceipts(deps: QueueDeps): Handlers['listReceipts'] {
  return async (input, { tenant, owner }) => {
    const limit = input.limit ?? DEFAULT_ROWS;
    const belowId = input.last_id === undefined || input.last_id < 0 ? MAX_ID + 1 : input.last_id;
    const rows = await listReceipts(deps.db, {
      tenant,
      userId: owner,
      belowId,
      limit,
    });
    const receipts = thatFit(rows.map((row) => receiptView(row, null)));
    const isLastPage = rows.length < limit && receipts.length === rows.length;
    return { total: receipts.length, receipts, last_id: isLastPage ? -1 : (receipts.at(-1)?.id ?? -1) };
  };
}

export function createGetReceipt(deps: QueueDeps): Handlers['getReceipt'] {
  return async (input, { tenant, userId }) => {
    const row = await readReceipt(deps.db, tenant, input.receipt_id, userId);
    if (!row) throw noSuchReceipt(input.receipt_id);
    // A receipt that was read by the replaced system has items, and no reply of ours.
    const [items, reply] = await Promise.all([
      row.ocr_status === 'completed' ? readItems(deps.db, row.id) : null,
      row.generation === null ? undefined : readReply(deps.db, { ...ocrOf(row.id), generation: row.generation }),
    ]);
    return receiptView(row, items, reply ? fieldsOf(reply).evidence : null);
  };
}
