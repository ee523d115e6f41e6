import type { ReceiptResult } from '../../../src/contract/fields.ts';
import type { OutputOf } from '../../../src/contract/queue-api.ts';
import type { Evidence } from '../../words/evidence.ts';
import { moneyOf } from '../../words/money.ts';
import { lineOf } from '../../words/text.ts';
import { dayOf } from '../../words/times.ts';

type Result = OutputOf<'getResult'>;

/** One value of a reading, with its place on the page. */
export interface ReadField {
  /** As the evidence names it: `total_amount`, `items/0`. */
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly confidence: number | undefined;
  readonly rule: string | undefined;
  readonly hasRegion: boolean;
}

const FIELDS: readonly (readonly [
  id: string,
  name: string,
  text: (reading: ReceiptResult, tax: string | null) => string,
])[] = [
  ['merchant_name', 'Merchant', ({ merchant_name }) => lineOf(merchant_name)],
  ['purchase_date', 'Day', ({ purchase_date }) => (purchase_date === null ? '–' : dayOf(purchase_date))],
  ['total_amount', 'Total', ({ total_amount, currency }) => moneyOf(total_amount, currency)],
  ['tax_amount', 'Tax', ({ currency }, tax) => moneyOf(tax, currency)],
  ['currency', 'Currency', ({ currency }) => lineOf(currency)],
];

/** The reading of a job of kind `ocr`; another kind has a document of its own. */
export function readingOf({ job_id, result }: Result): ReceiptResult | undefined {
  return job_id.startsWith('ocr-') && result !== null ? (result as ReceiptResult) : undefined;
}

/** The values of the receipt itself, in their order. */
export function fieldsOf(reading: ReceiptResult, tax: string | null, evidence: Evidence): ReadField[] {
  return FIELDS.map(([id, name, text]) => {
    const place = evidence.fields[id];
    return {
      id,
      name,
      text: text(reading, tax),
      confidence: place?.confidence,
      rule: place?.rule,
      hasRegion: place !== undefined,
    };
  });
}

export type ReadItem = ReadField & { readonly price: string; readonly quantity: string };

/** Its lines. */
export function itemsOf(reading: ReceiptResult, evidence: Evidence): ReadItem[] {
  return reading.items.map(({ item_name, quantity, total_price, currency, confidence }, nth) => {
    const place = evidence.items[nth];
    return {
      id: `items/${nth}`,
      name: lineOf(item_name),
      text: lineOf(item_name),
      price: moneyOf(total_price, currency),
      quantity: quantity ?? '',
      confidence: confidence ?? undefined,
      rule: place?.rule,
      hasRegion: place !== undefined,
    };
  });
}
