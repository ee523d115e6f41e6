import type { Agent } from '../../src/ports.ts';

/** A small, sound reading, as it comes over the line; no two receipts are of one purchase. */
export function replyOf(receiptId: number): Uint8Array {
  const total = (2.5 + receiptId / 100).toFixed(2);
  const reply = {
    receipt_id: receiptId,
    metadata: {
      merchant_name: 'Corner Shop',
      purchase_date: '2026-01-30',
      total_amount: total,
      currency: 'EUR',
      confidence: 0.95,
    },
    items: [
      {
        item_name: 'Bread',
        quantity: '1',
        unit_price: total,
        total_price: total,
        currency: 'EUR',
        confidence: 0.9,
      },
    ],
    raw_text: `Corner Shop\nBread ${total}\nTotal ${total}`,
    validation: { valid: true, errors: [], warnings: [], confidence: 0.95 },
    processing_time_ms: 0,
    success: true,
    error_message: null,
  };
  return Buffer.from(JSON.stringify(reply));
}

/** Answers at once with a small, sound reading: what is left is the cost of the queue. */
export function noOpAgent(onCall: (receiptId: number) => void = () => {}): Agent {
  return {
    async extract(request) {
      onCall(request.receipt_id);
      return replyOf(request.receipt_id);
    },
  };
}
