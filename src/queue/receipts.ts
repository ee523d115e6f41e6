import { MAX_ID } from '../contract/job.ts';
import type { Receipt } from '../contract/operations/receipts.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import { listReceipts, type ReceiptItemRow, type ReceiptRow, readItems, readReceipt } from '../ledger/receipts.ts';
import { fieldsOf, readReply } from '../ledger/replies.ts';
import { noSuchReceipt, oneUser, userFilter } from './access.ts';
import type { QueueDeps } from './deps.ts';

const DEFAULT_ROWS = 50;

export function receiptView(row: ReceiptRow, items: ReceiptItemRow[] | null, evidence: unknown = null): Receipt {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    parsed_at: row.parsed_at?.toISOString() ?? null,
    evidence,
    items,
  };
}

export function createListReceipts(deps: QueueDeps): QueueApi['listReceipts'] {
  return async (input, { principal }) => {
    const limit = input.limit ?? DEFAULT_ROWS;
    const belowId = input.last_id === undefined || input.last_id < 0 ? MAX_ID : input.last_id;
    const rows = await listReceipts(deps.db, {
      tenant: principal.tenant,
      userId: oneUser(principal, input.user_id),
      belowId,
      limit,
    });
    return {
      total: rows.length,
      receipts: rows.map((row) => receiptView(row, null)),
      last_id: rows.length === limit ? (rows.at(-1)?.id ?? -1) : -1,
    };
  };
}

export function createGetReceipt(deps: QueueDeps): QueueApi['getReceipt'] {
  return async (input, { principal }) => {
    const row = await readReceipt(deps.db, principal.tenant, input.receipt_id, userFilter(principal, undefined));
    if (!row) throw noSuchReceipt(input.receipt_id);
    // A receipt that was read by the replaced system has items, and no reply of ours.
    const [items, reply] = await Promise.all([
      row.ocr_status === 'completed' ? readItems(deps.db, row.id) : null,
      row.generation === null ? undefined : readReply(deps.db, { receiptId: row.id, generation: row.generation }),
    ]);
    return receiptView(row, items, reply ? fieldsOf(reply).evidence : null);
  };
}
