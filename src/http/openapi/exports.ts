import { receiptExport } from '../../contract/export.ts';
import { findReceipts } from '../../contract/operations/find-receipts.ts';
import { type Address, parameter } from './address.ts';

/** The address whose answer is a file for spreadsheets. */
export const EXPORT_ADDRESS: Address = {
  method: 'GET',
  path: receiptExport.path,
  operationId: receiptExport.name,
  summary: receiptExport.summary,
  parameters: Object.entries(receiptExport.input.shape).map(([name, field]) => parameter('query', name, field)),
  successes: {
    '200': { description: 'A CSV file: RFC 4180, UTF-8.', content: { 'text/csv': { schema: { type: 'string' } } } },
  },
  errors: findReceipts.errors,
};
