import type { ReadingContext } from '../context.ts';
import type { Page, Region } from '../page.ts';
import type { Extraction } from '../reply.ts';
import type { FoundCurrency } from './currency.ts';
import { purchaseDate } from './dates.ts';
import { amountDoubts, MAX_ITEMS, tipDoubt } from './doubts.ts';
import { extractionOf } from './extraction.ts';
import { withoutGluedMarks } from './glued-marks.ts';
import type { FoundItem } from './items/found-item.ts';
import { readItems } from './items/read-items.ts';
import { reconcile } from './items/reconcile.ts';
import { type LabelledAmount, labelledAmounts } from './labelled-amounts.ts';
import { findMerchant } from './merchant.ts';
import { type ReceiptText, receiptText, type TextLine } from './receipt-text.ts';
import { signOf } from './sign.ts';
import { unnamedSums } from './sums.ts';
import { GROUP_BLANK } from './tables/notations.ts';
import { findTax } from './tax.ts';
import { findTotal } from './total.ts';
import { type Checks, checkSums } from './validate.ts';

/** Of print that is no receipt nothing is said, and nothing is in doubt. */
const UNKNOWN_CURRENCY: FoundCurrency = {
  code: undefined,
  lineIndex: undefined,
  rule: 'currency: none',
  confidence: 0,
  doubt: undefined,
};

/** A reading with the checks that say how far its numbers agree. */
export interface Understanding {
  readonly extraction: Extraction;
  readonly checks: Checks;
  /** The part of the page that holds items and total: where to look again when they disagree. */
  readonly itemPart: Region | undefined;
}

/** Turns a page of text into merchant, date, total, tax and items, each with evidence. */
export function understand(printed: Page, context: ReadingContext): Understanding {
  const page = withoutGluedMarks(printed);
  const receipt = receiptText(page);
  const first = understandText(page, receipt, context, []);
  if (!receipt.lines.some((line) => line.text.includes(GROUP_BLANK))) return first;
  const other = receiptText(page, !receipt.style.blankGroups);
  const second = understandText(page, other, context, []);
  if (isSameMoney(first.extraction, second.extraction)) return first;
  if (first.checks.itemsAddUp !== second.checks.itemsAddUp) return first.checks.itemsAddUp ? first : second;
  const { value, isCertain } = receipt.countries.decide((country) => country.blankGroups === true);
  if (value === true && isCertain) return first;
  const doubt = 'Numbers with a blank inside may be one amount or two: "1 250,00".';
  return understandText(page, receipt.style.blankGroups ? receipt : other, context, [doubt]);
}

function isSameMoney(a: Extraction, b: Extraction): boolean {
  const prices = ({ metadata, items }: Extraction): string =>
    JSON.stringify([metadata.total_amount, items.map((item) => item.total_price)]);
  return prices(a) === prices(b);
}

/** Understands one way of reading the numbers. */
function understandText(
  page: Page,
  receipt: ReceiptText,
  context: ReadingContext,
  doubts: readonly string[],
): Understanding {
  const labelled = labelledAmounts(receipt);
  const found = readItems(receipt);
  const total = findTotal(receipt, labelled, found.items);
  const date = purchaseDate(receipt, context);
  // Print in which nothing is known (another script read as Latin letters, a poster) has lines like names and prices, no shop.
  const isKnown = total !== undefined || date.found !== undefined || receipt.country !== undefined;
  const read = isKnown ? found.items : [];
  const currency = isKnown ? receipt.currency : UNKNOWN_CURRENCY;
  const merchant = isKnown ? findMerchant(receipt) : undefined;
  const sign = total === undefined ? undefined : signOf(receipt, total, labelled, read);
  const amount = total === undefined ? undefined : total.amount * (sign?.isMinus === true ? -1 : 1);
  const { items, checks, mended } = checkedItems(receipt, read, amount, labelled);
  const tip = tipDoubt(receipt, total, labelled);
  const errors = [
    ...checks.errors,
    ...(tip === undefined ? [] : [tip]),
    ...doubts,
    ...amountDoubts(receipt, total, items, page.unread, checks.itemsAddUp),
    ...(sign?.doubt === undefined ? [] : [sign.doubt]),
    ...(mended === undefined ? [] : [mended]),
    ...(currency.doubt === undefined ? [] : [currency.doubt]),
  ];
  const warnings = [...date.doubts, ...(merchant === undefined ? ['No merchant was found.'] : [])];
  const tax = findTax(receipt, labelled, amount);
  return {
    checks,
    itemPart: itemPart(receipt.lines, items, Math.max(found.endLine, total?.line.index ?? 0)),
    extraction: extractionOf({
      page,
      receipt,
      currency,
      total,
      amount,
      tax,
      date: date.found,
      merchant,
      items: items.slice(0, MAX_ITEMS),
      checks,
      errors,
      warnings,
    }),
  };
}

interface CheckedItems {
  readonly items: readonly FoundItem[];
  readonly checks: Checks;
  readonly mended: string | undefined;
}

/** The items with their check, mended where the sum says which one of them was misread. */
function checkedItems(
  receipt: ReceiptText,
  read: readonly FoundItem[],
  total: number | undefined,
  labelled: readonly LabelledAmount[],
): CheckedItems {
  const { lines, style, currency, country } = receipt;
  const reached = unnamedSums(receipt, labelled, []);
  const check = (items: readonly FoundItem[]): Checks =>
    checkSums(items, total, labelled, currency.code, style.priceDecimals, country?.addsTax, reached);
  const checks = check(read);
  if (total === undefined || checks.itemsAddUp) return { items: read, checks, mended: undefined };
  const items = reconcile(read, lines, total);
  const left = read.filter((item) => items.length < read.length && !items.includes(item));
  const mended =
    left.length === 0
      ? undefined
      : `A line was left out, because the rest adds up to the total: ${left[0]?.name ?? ''}`.slice(0, 200);
  return { items, checks: items === read ? checks : check(items), mended };
}

/** From two lines above the first item to the total, over the whole width. */
function itemPart(lines: readonly TextLine[], items: readonly FoundItem[], endLine: number): Region | undefined {
  const first = Math.min(...items.map((item) => Math.min(item.line.index, item.nameLine.index)));
  const from = lines[Math.max(0, (Number.isFinite(first) ? first : Math.min(4, endLine)) - 2)]?.source.region;
  const to = lines[Math.min(lines.length - 1, endLine + 1)]?.source.region;
  if (from === undefined || to === undefined) return undefined;
  const height = to.y + to.height - from.y;
  return height > 0 ? { x: 0, y: from.y, width: 1, height } : undefined;
}
