import type { ExtractReply, ExtractRequest } from '../../src/contract/agent.ts';

/** A well-formed reading of any receipt. */
export function replyFor(request: ExtractRequest, changes: Partial<ExtractReply['metadata']> = {}): ExtractReply {
  return {
    receipt_id: request.receipt_id,
    metadata: {
      merchant_name: 'Corner Shop',
      purchase_date: '2026-01-30',
      total_amount: '12.50',
      currency: 'EUR',
      confidence: 0.95,
      ...changes,
    },
    items: [
      { item_name: 'Bread', quantity: '1', unit_price: '2.50', total_price: '2.50', currency: 'EUR', confidence: 0.9 },
      {
        item_name: 'Cheese',
        quantity: '2',
        unit_price: '5.00',
        total_price: '10.00',
        currency: 'EUR',
        confidence: 0.9,
      },
    ],
    raw_text: 'Corner Shop\nBread 2.50\nCheese 10.00\nTotal 12.50',
    validation: { valid: true, errors: [], warnings: [], confidence: 0.95 },
    processing_time_ms: 5,
    success: true,
    error_message: null,
  };
}

/** A reply as it comes over the line. */
export function bytesOf(reply: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(reply));
}
