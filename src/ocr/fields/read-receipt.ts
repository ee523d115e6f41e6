import { regionOf } from '../engine/lines.ts';
import type { Page, Region } from '../page.ts';
import type { Evidence, Extraction, ReplyItem } from '../reply.ts';
import { clamp, overallConfidence, totalConfidence } from './confidence.ts';
import { purchaseDate } from './dates.ts';
import type { FoundItem } from './items/found-item.ts';
import { readItems } from './items/read-items.ts';
import { reconcile } from './items/reconcile.ts';
import { labelledAmounts } from './labels.ts';
import { findMerchant } from './merchant.ts';
import { moneyText } from './numbers.ts';
import { receiptText, segmentAt, type TextLine } from './receipt-text.ts';
import { findTax } from './tax.ts';
import { findTotal } from './total.ts';
import { type Checks, checkSums } from './validate.ts';

/** A reading with the checks that say how far its numbers agree. */
export interface Understanding {
  readonly extraction: Extraction;
  readonly checks: Checks;
  /** The part of the page that holds items and total: where to look again when they disagree. */
  readonly itemPart: Region | undefined;
}

const MAX_NAME = 200;

/** Turns a page of text into merchant, date, total, tax and items, each with evidence. `today` is YYYY-MM-DD. */
export function understand(page: Page, today: string): Understanding {
  const receipt = receiptText(page);
  const labelled = labelledAmounts(receipt);
  const found = readItems(receipt);
  const total = findTotal(receipt, labelled, found.items);
  const tax = findTax(receipt, labelled, total?.amount);
  const date = purchaseDate(receipt, today);
  // Print in which nothing is known (another script read as Latin letters, a poster) has lines like names and prices, no shop.
  const isKnown = total !== undefined || date !== undefined || receipt.country !== undefined;
  const read = isKnown ? found.items : [];
  const merchant = isKnown ? findMerchant(receipt) : undefined;
  const currency = receipt.country?.currency;
  const decimals = currency === 'VND' ? 0 : 2;
  const firstChecks = checkSums(read, total, labelled, currency);
  const items = total === undefined || firstChecks.itemsAddUp ? read : reconcile(read, receipt.lines, total.amount);
  const checks = items === read ? firstChecks : checkSums(items, total, labelled, currency);
  const sure = totalConfidence(total, checks);
  const confidence = overallConfidence(sure, merchant, date, checks);
  const warnings = [...checks.warnings];
  if (date === undefined) warnings.push('No date of purchase was found.');
  if (merchant === undefined) warnings.push('No merchant was found.');
  const evidence = (line: TextLine, rule: string, at?: number): Evidence => evidenceOf(page, line, rule, at);
  return {
    checks,
    itemPart: itemPart(receipt.lines, items, Math.max(found.endLine, total?.line.index ?? 0)),
    extraction: {
      metadata: {
        merchant_name: merchant?.name.slice(0, MAX_NAME) ?? null,
        purchase_date: date?.iso ?? null,
        total_amount: total === undefined ? null : moneyText(total.amount, decimals),
        tax_amount: tax === undefined ? null : moneyText(tax.amount, decimals),
        currency: currency ?? null,
        confidence,
      },
      items: items.map((item) => replyItem(item, currency, decimals, checks)),
      raw_text: receipt.rawText,
      validation: {
        valid: checks.errors.length === 0 && checks.itemsAddUp,
        errors: checks.errors,
        warnings,
        confidence: sure,
      },
      evidence: {
        page: { width: page.width, height: page.height, turned_degrees: page.turnedDegrees },
        fields: {
          ...(merchant && { merchant_name: evidence(merchant.line, merchant.rule) }),
          ...(date && { purchase_date: evidence(date.line, date.rule) }),
          ...(total && { total_amount: evidence(total.line, total.rule, total.at) }),
          ...(tax && { tax_amount: evidence(tax.line, tax.rule) }),
        },
        items: items.map((item) => itemEvidence(page, item)),
      },
    },
  };
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

function replyItem(item: FoundItem, currency: string | undefined, decimals: 0 | 2, checks: Checks): ReplyItem {
  const name = item.name.slice(0, MAX_NAME);
  const read = Math.min(item.line.source.confidence, item.nameLine.source.confidence);
  return {
    item_name: name,
    quantity: item.quantity === undefined ? null : item.quantity.toFixed(item.quantityDecimals),
    unit_price: item.unitPrice === undefined ? null : item.unitPrice.toFixed(Math.max(decimals, item.unitDecimals)),
    total_price: moneyText(item.price, decimals),
    currency: currency ?? null,
    confidence: clamp(read * (checks.itemsAddUp ? 0.98 : 0.8)),
  };
}

function evidenceOf(page: Page, line: TextLine, rule: string, at: number | undefined): Evidence {
  const segment = at === undefined ? undefined : segmentAt(line, at);
  return {
    region: segment === undefined ? line.source.region : regionOf([segment.box], page.width, page.height),
    reading_confidence: clamp(segment?.confidence ?? line.source.confidence),
    rule,
  };
}

function itemEvidence(page: Page, item: FoundItem): Evidence {
  const lines = item.nameLine === item.line ? [item.line] : [item.line, item.nameLine];
  const boxes = lines.flatMap((line) => line.source.segments.map((segment) => segment.box));
  return {
    region: regionOf(boxes, page.width, page.height),
    reading_confidence: clamp(Math.min(...lines.map((line) => line.source.confidence))),
    rule: item.rule,
  };
}
