import type { ExtractReply } from '../contract/agent.ts';
import type { ReceiptResult } from '../contract/fields.ts';
import { REVIEW_BELOW_CONFIDENCE } from '../contract/policies.ts';

/** Largest absolute values that the replaced system's columns hold: numeric(10,2) and numeric(10,3). */
const MAX_MONEY = 99_999_999.99;
const MAX_QUANTITY = 9_999_999.999;

function within(value: string | null | undefined, max: number): string | null {
  return value == null || Math.abs(Number(value)) > max ? null : value;
}

/**
 * An agent's reply → what is saved: bounded to the columns, with the reasons why a person should look.
 * @param defaultCurrency for replies that name none
 */
export function readingOf(reply: ExtractReply, sha256: string, defaultCurrency: string): ReceiptResult {
  const { metadata } = reply;
  const currency = metadata.currency || defaultCurrency;
  const items = reply.items.map((item) => ({
    item_name: item.item_name,
    quantity: within(item.quantity, MAX_QUANTITY),
    unit_price: within(item.unit_price, MAX_MONEY),
    total_price: within(item.total_price, MAX_MONEY),
    currency: item.currency || currency,
    confidence: item.confidence ?? null,
  }));
  const total = within(metadata.total_amount, MAX_MONEY);

  const reasons: string[] = [];
  const confidence = metadata.confidence ?? null;
  if (confidence !== null && confidence < REVIEW_BELOW_CONFIDENCE) {
    reasons.push(`low confidence: ${confidence.toFixed(2)}, below ${REVIEW_BELOW_CONFIDENCE}`);
  }
  if (!metadata.merchant_name) reasons.push('no merchant was read');
  if (metadata.purchase_date == null) reasons.push('no purchase date was read');
  if (metadata.total_amount == null) reasons.push('no total was read');
  else if (total === null) reasons.push('the total is out of range');
  reasons.push(...(reply.validation?.errors ?? []).slice(0, 10));

  return {
    merchant_name: metadata.merchant_name?.slice(0, 255) || null,
    purchase_date: metadata.purchase_date ?? null,
    total_amount: total,
    currency,
    confidence,
    needs_review: reasons.length > 0,
    review_reasons: reasons,
    items,
    result_hash: sha256,
  };
}
