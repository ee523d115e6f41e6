import type { FoundReceipt } from '../contract/operations/find-receipts.ts';
import { LIMITS } from '../contract/policies.ts';
import type { CallContext } from '../contract/principal.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import type { ReceiptFilter } from '../contract/receipt-filter.ts';

/**
 * All receipts of a filter, page by page, so that one page at a time is in memory.
 * @returns the pages, once it is known that they are not too many
 * @throws AppError search_too_broad when there are more than one answer may have; nothing is left out unsaid
 */
export async function exportReceipts(
  queue: Pick<QueueApi, 'findReceipts' | 'summarizeReceipts'>,
  filter: ReceiptFilter & { readonly with_items: boolean },
  context: CallContext,
): Promise<AsyncGenerator<readonly FoundReceipt[]>> {
  const { with_items, ...counted } = filter;
  await queue.summarizeReceipts({ ...counted, sum_by: with_items ? 'item' : 'currency', limit: 1 }, context);
  return pagesOf(queue, filter, context);
}

async function* pagesOf(
  queue: Pick<QueueApi, 'findReceipts'>,
  filter: ReceiptFilter & { readonly with_items: boolean },
  context: CallContext,
): AsyncGenerator<readonly FoundReceipt[]> {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<QueueApi['findReceipts']>> = await queue.findReceipts(
      { ...filter, limit: LIMITS.listRows, ...(cursor === null ? {} : { cursor }) },
      context,
    );
    yield page.receipts;
    cursor = page.next_cursor;
  } while (cursor !== null);
}
