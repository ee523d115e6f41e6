import type { OutputOf } from '../../../src/contract/queue-api.ts';

export const TIME = '2026-01-31T12:00:00.000Z';
export const LONG = 'Straßenbäckerei und Lebensmittelgroßhandel an der Ecke '.repeat(4);

/** Lists of receipts with the longest values. */
export const RECEIPT_PAGES: {
  readonly listReceipts: OutputOf<'listReceipts'>;
  readonly findReceipts: OutputOf<'findReceipts'>;
} = {
  listReceipts: {
    total: 1,
    last_id: -1,
    next_cursor: null,
    receipts: [
      {
        id: Number.MAX_SAFE_INTEGER,
        user_id: 1,
        image_path: 'minio://receipts/x.jpg',
        purchase_date: '2026-01-31',
        status: 'active',
        ocr_status: 'processing',
        created_at: TIME,
        merchant_name: LONG,
        total_amount: '99999999.99',
        currency: 'EUR',
        extraction_confidence: 0.5,
        extraction_errors: null,
        ocr_text: null,
        parsed_at: TIME,
        needs_review: true,
        review_reasons: [],
        set_by_person: [],
        generation: 1,
        version: 1,
        review: { state: 'open', since: TIME, ended_at: null, ended_by: null, user_id: null, because: null },
        evidence: null,
        items: null,
      },
    ],
  },
  findReceipts: {
    next_cursor: null,
    merchants: [LONG],
    similar_merchants: [{ merchant: LONG, receipts: 1_000_000 }],
    receipts: [
      {
        receipt_id: Number.MAX_SAFE_INTEGER,
        user_id: Number.MAX_SAFE_INTEGER,
        merchant: LONG,
        purchase_date: '2026-01-31',
        total_amount: '-123456789012345.67',
        currency: 'EUR',
        needs_review: true,
        review_reasons: [],
        ocr_status: 'completed',
        created_at: TIME,
        items: null,
      },
    ],
  },
};
