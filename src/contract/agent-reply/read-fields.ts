import { quoted } from '../clean-text.ts';
import { type ReviewField, reasonOf } from '../review-reasons.ts';
import { type AmountKind, type Read, readAmount } from './amount.ts';
import { hasForeignDecimals } from './amount-currency.ts';
import { readConfidence } from './confidence.ts';
import { readDate } from './date.ts';
import type { Doubts } from './doubts.ts';
import { isObject, type JsonObject } from './json.ts';
import { idOf } from './judge-reply.ts';
import { cleanJson, cutText, manyLines, oneLine } from './text.ts';

export interface ReadItem {
  readonly item_name: string;
  readonly quantity: string | null;
  readonly unit_price: string | null;
  readonly total_price: string | null;
  readonly currency: string | null;
  readonly confidence: number | null;
}

interface ReadValidation {
  readonly valid: boolean;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** What an agent's reply says of a receipt, each field read on its own. Amounts are exact decimals, not yet rounded. */
export interface AgentReading {
  readonly merchant_name: string | null;
  readonly purchase_date: string | null;
  readonly total_amount: string | null;
  readonly tax_amount: string | null;
  readonly currency: string | null;
  readonly confidence: number | null;
  readonly items: readonly ReadItem[];
  readonly raw_text: string | null;
  readonly validation: ReadValidation | null;
  readonly evidence: unknown;
}

const MAX_NAME_CHARS = 255;
const MAX_CURRENCY_CHARS = 8;
const MAX_TEXT_CHARS = 200_000;
const MAX_ITEMS = 1_000;
const MAX_REMARKS = 100;
const MAX_REMARK_CHARS = 500;

/** Stands for bytes that are no UTF-8, and for half a character. */
const DAMAGED = '\ufffd';

const odd = (text: string) => reasonOf('odd_reply', {}, { text });
const oddItems = (text: string) => reasonOf('odd_reply', {}, { field: 'items', text });

/**
 * Reads what the agent sent, leniently: a field that is odd is emptied or understood, and never costs the others.
 * @param doubts gets what was emptied or is not certain
 * @param defaultCurrency of amounts without any: decides what `150.000` is
 */
export function readFields(reply: JsonObject, doubts: Doubts, defaultCurrency: string | null = null): AgentReading {
  if (reply.metadata !== undefined && !isObject(reply.metadata))
    doubts.add(odd(`metadata is ${quoted(reply.metadata)}`));
  if (idOf(reply.receipt_id) === undefined) doubts.add(odd('the reply does not name its receipt'));
  const metadata = isObject(reply.metadata) ? reply.metadata : {};
  const take = <T>(field: ReviewField, read: Read<T>): T | null => {
    if (read.doubt !== undefined) doubts.add(reasonOf('unclear_value', {}, { field, text: read.doubt }));
    return read.value;
  };
  const currency = take('currency', readCurrency(metadata.currency));
  const amount = (name: 'total_amount' | 'tax_amount') => {
    const read = readAmount(metadata[name], 'money', currency ?? defaultCurrency);
    const doubt = hasForeignDecimals(read.value, currency)
      ? `${read.value} has decimals, and prices in ${currency} have none`
      : undefined;
    return take(name, { ...read, doubt: read.doubt ?? doubt });
  };
  return {
    merchant_name: take('merchant_name', readName(metadata.merchant_name)),
    purchase_date: take('purchase_date', readDate(metadata.purchase_date)),
    total_amount: amount('total_amount'),
    tax_amount: amount('tax_amount'),
    currency,
    confidence: take('confidence', readConfidence(metadata.confidence)),
    items: readItems(reply.items, doubts, currency ?? defaultCurrency),
    raw_text: take('raw_text', readLines(reply.raw_text)),
    validation: readValidation(reply.validation, doubts),
    evidence: cleanJson(reply.evidence) ?? null,
  };
}

function readItems(value: unknown, doubts: Doubts, currency: string | null): ReadItem[] {
  if (!Array.isArray(value)) {
    doubts.add(
      oddItems(value === undefined ? 'the reply has no items' : `items is ${quoted(value)}: no items were read`),
    );
    return [];
  }
  if (value.length > MAX_ITEMS) doubts.add(oddItems(`only the first ${MAX_ITEMS} of ${value.length} items were kept`));
  const items: ReadItem[] = [];
  for (const [at, entry] of value.slice(0, MAX_ITEMS).entries()) {
    const item = readItem(typeof entry === 'string' ? { item_name: entry } : entry, at + 1, doubts, currency);
    if (item) items.push(item);
  }
  return items;
}

function readItem(value: unknown, nth: number, doubts: Doubts, receiptCurrency: string | null): ReadItem | undefined {
  if (!isObject(value)) {
    doubts.add(oddItems(`item ${nth} is ${quoted(value)} and was left out`));
    return undefined;
  }
  const take = <T>(part: string, { value, doubt }: Read<T>): T | null => {
    if (doubt !== undefined) {
      doubts.add(reasonOf('unclear_value', { item: nth, part }, { field: 'items', text: doubt }));
    }
    return value;
  };
  const currency = take('currency', readCurrency(value.currency));
  const amount = (name: string, kind: AmountKind) =>
    take(name, readAmount(value[name], kind, currency ?? receiptCurrency));
  const name = take('item_name', readName(value.item_name));
  if (name === null) doubts.add(reasonOf('missing_field', { item: nth }, { field: 'items' }));
  return {
    item_name: name ?? '',
    quantity: amount('quantity', 'quantity'),
    unit_price: amount('unit_price', 'money'),
    total_price: amount('total_price', 'money'),
    currency,
    confidence: take('confidence', readConfidence(value.confidence)),
  };
}

function readName(value: unknown): Read<string> {
  if (value === null || value === undefined) return { value: null };
  if (typeof value !== 'string' && typeof value !== 'number')
    return { value: null, doubt: `${quoted(value)} is not text` };
  const text = oneLine(String(value));
  const kept = cutText(text, MAX_NAME_CHARS);
  if (kept.length < text.length) return { value: kept || null, doubt: `was cut to ${MAX_NAME_CHARS} characters` };
  return { value: kept || null, doubt: kept.includes(DAMAGED) ? `${quoted(kept)} has damaged characters` : undefined };
}

/** A code, in capitals; a sign stays what it is. A name that is too long for a code is none: cut, it would be another. */
function readCurrency(value: unknown): Read<string> {
  if (value === null || value === undefined) return { value: null };
  const text = typeof value === 'string' ? oneLine(value) : undefined;
  if (text === '') return { value: null };
  if (text === undefined || /\d/.test(text) || cutText(text, MAX_CURRENCY_CHARS) !== text) {
    return { value: null, doubt: `${quoted(value)} is not a currency code` };
  }
  return { value: /^[a-z]{3}$/i.test(text) ? text.toUpperCase() : text };
}

function readLines(value: unknown): Read<string> {
  if (value === null || value === undefined) return { value: null };
  const isList = Array.isArray(value) && value.every((line) => typeof line === 'string');
  if (typeof value !== 'string' && !isList) return { value: null, doubt: `${quoted(value)} is not text` };
  const text = manyLines(isList ? value.join('\n') : String(value));
  const kept = cutText(text, MAX_TEXT_CHARS);
  return { value: kept, doubt: kept.length < text.length ? `was cut to ${MAX_TEXT_CHARS} characters` : undefined };
}

function readValidation(value: unknown, doubts: Doubts): ReadValidation | null {
  if (value === null || value === undefined) return null;
  if (!isObject(value)) {
    doubts.add(odd(`validation is ${quoted(value)}`));
    return null;
  }
  const errors = remarks(value.errors);
  return { valid: value.valid !== false && errors.length === 0, errors, warnings: remarks(value.warnings) };
}

/** A list of sentences, one sentence, or objects with a message. */
function remarks(value: unknown): string[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return entries.slice(0, MAX_REMARKS).flatMap((entry) => {
    const text = isObject(entry) ? entry.message : entry;
    const line = typeof text === 'string' ? oneLine(cutText(text, MAX_REMARK_CHARS)) : '';
    return line === '' ? [] : [line];
  });
}
