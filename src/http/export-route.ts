import { receiptExport } from '../contract/export.ts';
import type { FoundReceipt } from '../contract/operations/find-receipts.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import type { Log } from '../ports.ts';
import { csvOf } from './csv.ts';
import { exportReceipts } from './export-pages.ts';
import { readQuery } from './read-input.ts';
import type { Route } from './route.ts';
import { streamOf } from './stream-of.ts';

/** The receipts of a filter as a file for spreadsheets, sent while it is read. */
export function exportRoute(deps: { queue: QueueApi; log: Log }): Route {
  return {
    method: 'GET',
    path: receiptExport.path,
    does: 'findReceipts',
    summary: receiptExport.summary,
    async handle(call) {
      const { items = false, decimal = 'point', ...filter } = readQuery(receiptExport.input, call);
      const pages = await exportReceipts(deps.queue, { ...filter, with_items: items }, call.get('callContext'));
      const body = streamOf(csvFrom(pages, { items, decimal }), call, deps.log);
      return new Response(call.req.method === 'HEAD' ? null : body, {
        headers: {
          'content-type': 'text/csv; charset=utf-8; header=present',
          'content-disposition': `attachment; filename="${items ? 'items' : 'receipts'}.csv"`,
          'cache-control': 'private, no-store',
        },
      });
    },
  };
}

async function* csvFrom(
  pages: AsyncIterable<readonly FoundReceipt[]>,
  as: Omit<Parameters<typeof csvOf>[1], 'isFirst'>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let isFirst = true;
  for await (const page of pages) {
    yield encoder.encode(csvOf(page, { ...as, isFirst }));
    isFirst = false;
  }
}
