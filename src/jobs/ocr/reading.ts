import { createDoubts, type Doubts } from '../../contract/agent-reply/doubts.ts';
import type { JsonObject } from '../../contract/agent-reply/json.ts';
import { type AgentReading, type ReadItem, readFields } from '../../contract/agent-reply/read-fields.ts';
import { quoted } from '../../contract/clean-text.ts';
import type { ReceiptResult } from '../../contract/fields.ts';
import { REVIEW_BELOW_CONFIDENCE } from '../../contract/policies.ts';
import { reasonOf } from '../../contract/review-reasons.ts';
import { sumMismatchOf } from '../../contract/sums.ts';
import type { Column, ReceiptColumns } from './columns.ts';
import { fitAmount, fitCode, fitText } from './fit.ts';
import { conflicts, type StateToSave, stateAfter, unsettled } from './judge-reading.ts';
import { itemsText, NOTHING_STORED, type Stored } from './stored.ts';

/** What is saved of a reply: the job's result, and what the receipt's columns can hold of it. */
export interface Reading {
  readonly result: ReceiptResult;
  readonly receipt: Readonly<Record<string, unknown>>;
  readonly items: readonly Readonly<Record<string, unknown>>[];
  /** Who has set what, and whether a person has to look. */
  readonly state: StateToSave;
}

export interface ReadingOptions {
  /** Of the reply's bytes. */
  readonly sha256: string;
  readonly columns: ReceiptColumns;
  /** For replies that name no currency; a default is no reading, so a person should look. */
  readonly defaultCurrency: string;
  /** What the receipt says before; somebody's word stays, and a difference is a doubt. */
  readonly stored?: Stored | undefined;
  /** A name that stands twice in an object of the reply. */
  readonly repeated?: string | undefined;
}

/** An agent's reply → what is saved, with the reasons why a person should look. */
export function readingOf(
  reply: JsonObject,
  { sha256, columns, defaultCurrency, stored = NOTHING_STORED, repeated }: ReadingOptions,
): Reading {
  const inFields = createDoubts();
  const read = readFields(reply, inFields, defaultCurrency);
  const date = dateOf(read.purchase_date, stored);
  const of = columns.receipts;
  const total = fitAmount({ field: 'total_amount' }, read.total_amount, of.total_amount, inFields);
  const currency = read.currency ?? defaultCurrency;
  const items = read.items.map((item, at) =>
    fitItem({ ...item, currency: item.currency ?? currency }, at + 1, columns.receipt_items, inFields),
  );
  const receipt = {
    merchant_name: fitText({ field: 'merchant_name' }, read.merchant_name, of.merchant_name, inFields),
    total_amount: total.column,
    currency: fitCode({ field: 'currency' }, currency, of.currency, inFields),
    purchase_date: date.date,
    extraction_confidence: read.confidence,
    extraction_errors: errorsFor(of.extraction_errors, read.validation?.errors ?? []),
    ocr_text: fitText({ field: 'raw_text' }, read.raw_text, of.ocr_text, inFields),
  };
  const values = {
    merchant_name: receipt.merchant_name,
    purchase_date: read.purchase_date,
    total_amount: total.column,
    currency: read.currency,
    items: items.length === 0 ? null : itemsText(items.map((item) => item.columns)),
  };

  // What concerns the receipt as a whole comes first: the list of reasons is bounded.
  const doubts = createDoubts();
  if (stored.review === 'rejected') {
    doubts.add(reasonOf('rejected_before', { because: stored.review_ended?.because ?? 'unreadable' }));
  }
  for (const reason of conflicts(values, stored)) doubts.add(reason);
  if (repeated !== undefined) {
    doubts.add(
      reasonOf('odd_reply', {}, { text: `${quoted(repeated)} stands twice in the reply; the last was taken` }),
    );
  }
  addDoubtsOfWhole(read, doubts, defaultCurrency);
  for (const reason of inFields.list()) doubts.add(reason);
  const reasons = unsettled(doubts.list(), stored);

  const result: ReceiptResult = {
    merchant_name: read.merchant_name,
    purchase_date: date.date,
    purchase_date_by: date.by,
    total_amount: total.result,
    currency,
    confidence: read.confidence,
    needs_review: reasons.length > 0,
    review_reasons: reasons,
    items: items.map((item) => item.result),
    result_hash: sha256,
  };
  const state = stateAfter(reasons, values, stored, date.by);
  return { result, receipt, items: items.map((item) => item.columns), state };
}

function addDoubtsOfWhole(read: AgentReading, doubts: Doubts, defaultCurrency: string): void {
  const { confidence, validation } = read;
  if (confidence !== null && confidence < REVIEW_BELOW_CONFIDENCE) {
    doubts.add(reasonOf('low_confidence', { confidence, below: REVIEW_BELOW_CONFIDENCE }));
  }
  for (const field of ['merchant_name', 'purchase_date', 'total_amount'] as const) {
    if (read[field] === null) doubts.add(reasonOf('missing_field', {}, { field }));
  }
  if (read.currency === null) {
    doubts.add(reasonOf('assumed_currency', { currency: defaultCurrency }, { field: 'currency' }));
  }
  // An agent that has checked the sums, and found them right, knows of charges and discounts that no field of ours holds.
  const isChecked = validation?.valid;
  const mismatch = isChecked ? undefined : sumMismatchOf({ ...read, currency: read.currency ?? defaultCurrency });
  if (mismatch) doubts.add(reasonOf('sum_mismatch', { ...mismatch }));
  // An agent's warning is its own doubt, in whatever language: most are about sums.
  const remarks = [...(validation?.errors ?? []), ...(validation?.warnings ?? [])].filter(
    (text) => !(mismatch && text.includes(mismatch.items_sum) && text.includes(mismatch.total)),
  );
  if (validation?.valid === false && validation.errors.length === 0) {
    remarks.push('the agent says that the reading is not valid');
  }
  for (const text of remarks) doubts.add(reasonOf('agent_doubt', {}, { text }));
}

/** What somebody said stays, whatever was read; what was read earlier stays where nothing is read now. */
function dateOf(read: string | null, { values, date_by }: Stored): { date: string | null; by: Stored['date_by'] } {
  const stored = { date: values.purchase_date ?? null, by: date_by };
  const isSaid = stored.date !== null && date_by !== 'agent';
  return isSaid || read === null ? stored : { date: read, by: 'agent' };
}

type ItemColumns = ReceiptColumns['receipt_items'];

function fitItem(item: ReadItem, nth: number, columns: ItemColumns, doubts: Doubts) {
  const amount = (name: 'quantity' | 'unit_price' | 'total_price') =>
    fitAmount({ field: 'items', item: nth, part: name }, item[name], columns[name], doubts);
  const amounts = {
    quantity: amount('quantity'),
    unit_price: amount('unit_price'),
    total_price: amount('total_price'),
  };
  return {
    result: {
      ...item,
      quantity: amounts.quantity.result,
      unit_price: amounts.unit_price.result,
      total_price: amounts.total_price.result,
    },
    columns: {
      item_name: fitText({ field: 'items', item: nth, part: 'item_name' }, item.item_name, columns.item_name, doubts),
      quantity: amounts.quantity.column,
      unit_price: amounts.unit_price.column,
      total_price: amounts.total_price.column,
      currency: fitCode({ field: 'items', item: nth, part: 'currency' }, item.currency, columns.currency, doubts),
      confidence: item.confidence,
    },
  };
}

/** As JSON in a text, as JSON, or as a list, whatever the column is; as many as a text has room for. */
function errorsFor(column: Column | undefined, errors: readonly string[]): unknown {
  if (errors.length === 0) return null;
  if (column?.kind !== 'text') return errors;
  for (let kept = errors.length; kept > 0; kept--) {
    const text = JSON.stringify(errors.slice(0, kept));
    if (text.length <= column.maxChars) return text;
  }
  return null;
}
