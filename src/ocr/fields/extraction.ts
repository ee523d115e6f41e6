import { regionOf } from '../engine/lines.ts';
import type { Page, Region } from '../page.ts';
import type { Evidence, Extraction, ReplyItem } from '../reply.ts';
import { calibrated } from './calibrate.ts';
import { clamp, dateConfidence, inDoubt, overallConfidence, totalConfidence } from './confidence.ts';
import type { FoundCurrency } from './currency.ts';
import type { FoundDate } from './dates.ts';
import type { FoundMerchant } from './found-merchant.ts';
import type { FoundItem } from './items/found-item.ts';
import { moneyText } from './numbers.ts';
import { type ReceiptText, segmentAt, type TextLine } from './receipt-text.ts';
import type { FoundTax } from './tax.ts';
import type { FoundTotal } from './total.ts';
import type { Checks } from './validate.ts';

/** Everything that was understood of one page. */
export interface Understood {
  readonly page: Page;
  readonly receipt: ReceiptText;
  readonly currency: FoundCurrency;
  readonly total: FoundTotal | undefined;
  /** The total with its sign, in thousandths. */
  readonly amount: number | undefined;
  readonly tax: FoundTax | undefined;
  readonly date: FoundDate | undefined;
  readonly merchant: FoundMerchant | undefined;
  readonly items: readonly FoundItem[];
  readonly checks: Checks;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

const MAX_NAME = 200;
/** Where a country shows: anywhere. */
const WHOLE_PAGE: Region = { x: 0, y: 0, width: 1, height: 1 };

/** The reply for what was understood. Any error or warning keeps its confidence below the line of review. */
export function extractionOf(understood: Understood): Extraction {
  const { receipt, currency, total, amount, tax, date, merchant, items, checks, errors, warnings } = understood;
  const decimals = receipt.style.priceDecimals;
  const sure = totalConfidence(total, checks);
  const isMoneyDoubtful = errors.length > 0;
  return {
    metadata: {
      merchant_name: merchant?.name.slice(0, MAX_NAME) ?? null,
      purchase_date: date?.iso ?? null,
      total_amount: amount === undefined ? null : moneyText(amount, decimals),
      tax_amount: tax === undefined ? null : moneyText(tax.amount, decimals),
      currency: currency.code ?? null,
      confidence: inDoubt(
        calibrated(overallConfidence(sure, merchant, date, checks)),
        isMoneyDoubtful || warnings.length > 0,
      ),
    },
    items: items.map((item) => replyItem(item, understood)),
    raw_text: receipt.rawText,
    validation: {
      valid: errors.length === 0 && checks.itemsAddUp,
      errors,
      warnings,
      confidence: inDoubt(sure, isMoneyDoubtful),
    },
    evidence: evidenceFor(understood, sure),
  };
}

function evidenceFor(understood: Understood, sure: number): Extraction['evidence'] {
  const { page, receipt, currency, total, tax, date, merchant, items, errors } = understood;
  const { lines } = receipt;
  const isMoneyDoubtful = errors.length > 0;
  const evidence = (line: TextLine, rule: string, confidence: number, at?: number): Evidence => ({
    ...evidenceOf(page, line, rule, at),
    confidence: clamp(confidence),
  });
  const currencyLine = lines[currency.lineIndex ?? -1];
  const ofCountry = { region: WHOLE_PAGE, reading_confidence: currency.confidence };
  return {
    page: { width: page.width, height: page.height, turned_degrees: page.turnedDegrees },
    fields: {
      ...(merchant && { merchant_name: evidence(merchant.line, merchant.rule, merchant.confidence) }),
      ...(date && {
        purchase_date: evidence(date.line, date.rule, inDoubt(dateConfidence(date), date.doubt !== undefined)),
      }),
      ...(total && { total_amount: evidence(total.line, total.rule, inDoubt(sure, isMoneyDoubtful), total.at) }),
      ...(tax && { tax_amount: evidence(tax.line, tax.rule, inDoubt(sure, isMoneyDoubtful)) }),
      ...(currency.code !== undefined && {
        currency:
          currencyLine === undefined
            ? { ...ofCountry, confidence: currency.confidence, rule: currency.rule }
            : evidence(currencyLine, currency.rule, currency.confidence),
      }),
    },
    items: items.map((item) => itemEvidence(item, understood)),
  };
}

function replyItem(item: FoundItem, { receipt, currency, checks }: Understood): ReplyItem {
  const decimals = receipt.style.priceDecimals;
  const read = Math.min(item.line.source.confidence, item.nameLine.source.confidence);
  return {
    item_name: item.name.slice(0, MAX_NAME),
    quantity: item.quantity === undefined ? null : item.quantity.toFixed(item.quantityDecimals),
    unit_price: item.unitPrice === undefined ? null : item.unitPrice.toFixed(Math.max(decimals, item.unitDecimals)),
    total_price: moneyText(item.price, decimals),
    currency: currency.code ?? null,
    confidence: inDoubt(read * 0.98, !checks.itemsAddUp),
  };
}

function evidenceOf(page: Page, line: TextLine, rule: string, at: number | undefined): Omit<Evidence, 'confidence'> {
  const segment = at === undefined ? undefined : segmentAt(line, at);
  return {
    region: segment === undefined ? line.source.region : regionOf([segment.box], page.width, page.height),
    reading_confidence: clamp(segment?.confidence ?? line.source.confidence),
    rule,
  };
}

function itemEvidence(item: FoundItem, { page, checks }: Understood): Evidence {
  const lines = item.nameLine === item.line ? [item.line] : [item.line, item.nameLine];
  const boxes = lines.flatMap((line) => line.source.segments.map((segment) => segment.box));
  const read = clamp(Math.min(...lines.map((line) => line.source.confidence)));
  return {
    region: regionOf(boxes, page.width, page.height),
    reading_confidence: read,
    confidence: inDoubt(read * 0.98, !checks.itemsAddUp),
    rule: item.rule,
  };
}
