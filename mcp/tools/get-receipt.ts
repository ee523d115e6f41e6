import { z } from 'zod';
import type { Receipt } from '../../src/contract/operations/receipts.ts';
import {
  doubtsOf,
  nextAboutReceipt,
  quotesIn,
  readInstead,
  sayReceipt,
  settersOf,
} from '../../src/words/receipt-for-models.ts';
import { relativeTime } from '../../src/words/relative-time.ts';
import { type Answer, isWhole, MAX_ANSWER_BYTES } from '../answer.ts';
import { tool } from '../tool.ts';
import { evidenceEntries } from './evidence-entries.ts';
import { oneReceipt } from './fields.ts';

const PARTS = ['items', 'text', 'evidence'] as const;
type Part = (typeof PARTS)[number];
const DEFAULT_PARTS: readonly Part[] = ['items'];

/** Of an answer whose parts were asked for. */
const MAX_ASKED_BYTES = 8_192;

export const getReceipt = tool({
  name: 'get_receipt',
  title: 'One receipt',
  description: 'Everything known of a receipt: fields, items with prices, doubts, who set what.',
  input: z.strictObject({
    receipt_id: oneReceipt,
    parts: z.array(z.enum(PARTS)).max(PARTS.length).describe('Default: items.').optional(),
  }),
  effect: 'read',
  repeat: 'safe',
  maxBytes: ({ parts }) => (parts === undefined ? MAX_ANSWER_BYTES : MAX_ASKED_BYTES),
  answer: async ({ receipt_id, parts }, { queue, context }) => {
    const receipt = await queue.getReceipt({ receipt_id }, context);
    const answer = receiptAnswer(receipt, new Set<Part>(parts ?? DEFAULT_PARTS));
    const isLong = parts === undefined && !isWhole(answer);
    return isLong ? { ...answer, next: { tool: 'get_receipt', arguments: { receipt_id, parts: ['items'] } } } : answer;
  },
});

function receiptAnswer(receipt: Receipt, parts: ReadonlySet<Part>): Answer {
  const { review, review_reasons, needs_review } = receipt;
  return {
    summary: sayReceipt(receipt),
    next: nextAboutReceipt(receipt),
    receipt_id: receipt.id,
    needs_review,
    doubts: needs_review ? doubtsOf(review_reasons) : [],
    review: review && `${review.state}, ${relativeTime(review.ended_at ?? review.since)}`,
    confidence: receipt.extraction_confidence,
    version: receipt.version,
    set_by: settersOf(receipt),
    from_receipt_untrusted: {
      merchant_name: receipt.merchant_name,
      purchase_date: receipt.purchase_date,
      total_amount: receipt.total_amount,
      currency: receipt.currency,
      read_instead: readInstead(receipt),
      doubts: needs_review ? quotesIn(review_reasons) : [],
      items: parts.has('items') ? (receipt.items ?? []).map(itemOf) : [],
      text: parts.has('text') ? linesOf(receipt.ocr_text) : [],
      evidence: parts.has('evidence') ? evidenceEntries(receipt.evidence) : [],
      evidence_left_out: parts.has('evidence') ? receipt.evidence_left_out : [],
    },
    from_agent_untrusted: receipt.extraction_errors === null ? undefined : { errors: receipt.extraction_errors },
  };
}

/** One of each is what is expected. */
const itemOf = ({ item_name, quantity, unit_price, total_price }: NonNullable<Receipt['items']>[number]) => ({
  name: item_name,
  price: total_price,
  ...(quantity === null || quantity === 1 ? {} : { quantity, unit_price }),
});

const linesOf = (text: string | null): string[] => (text ?? '').split(/\r?\n/).filter((line) => line.trim() !== '');
