import { z } from 'zod';
import { MAX_ID } from './job.ts';

/**
 * The agent's HTTP contract, as the replaced system had it: `POST {AGENT_URL}/extract`. Bounds are ours: an agent is
 * another program, and what it says is data from outside.
 */

export const extractRequest = z.object({
  receipt_id: z.int(),
  image_path: z.string(),
  user_id: z.int(),
  /** Ours; an agent may ignore it. */
  job_id: z.string(),
  /** Ours: a short-lived signed address of the image, for agents that do not share the store. */
  image_url: z.string().optional(),
});
export type ExtractRequest = z.infer<typeof extractRequest>;

/** An amount an agent may send as a string or as a JSON number; kept as a decimal string. */
const decimal = z
  .union([z.string().max(32), z.number()])
  .transform((value) => String(value).trim())
  .pipe(z.string().regex(/^-?\d{1,12}(\.\d{1,6})?$/, 'is no decimal number'));

/** Without what PostgreSQL's jsonb refuses: NUL and halves of surrogate pairs. */
function cleanText(value: string): string {
  return value
    .replaceAll('\u0000', '')
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}

const text = (max: number) => z.string().transform((value) => cleanText(value.slice(0, max)));
const MAX_DEPTH = 8;

/** Any JSON of modest depth, its texts cleaned like the others. */
function cleanJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((entry) => cleanJson(entry, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [cleanText(key), cleanJson(entry, depth + 1)]));
}

const confidence = z.number().min(0).max(1);

const replyItem = z.object({
  item_name: text(200),
  quantity: decimal.nullish(),
  unit_price: decimal.nullish(),
  total_price: decimal.nullish(),
  currency: text(8).nullish(),
  confidence: confidence.nullish(),
});

/** What an agent answers; unknown fields are dropped, except `evidence`, which is kept as it came (within the byte cap). */
export const extractReply = z.object({
  receipt_id: z.int().min(1).max(MAX_ID),
  metadata: z.object({
    merchant_name: text(300).nullish(),
    purchase_date: z.iso.date().nullish(),
    total_amount: decimal.nullish(),
    tax_amount: decimal.nullish(),
    currency: text(8).nullish(),
    confidence: confidence.nullish(),
  }),
  items: z.array(replyItem).max(1_000),
  raw_text: text(200_000).nullish(),
  validation: z
    .object({
      valid: z.boolean(),
      errors: z.array(text(500)).max(100),
      warnings: z.array(text(500)).max(100),
      confidence: confidence.nullish(),
    })
    .nullish(),
  processing_time_ms: z.number().min(0).nullish(),
  success: z.boolean(),
  error_message: text(500).nullish(),
  evidence: z
    .unknown()
    .transform((value) => cleanJson(value))
    .optional(),
});
export type ExtractReply = z.infer<typeof extractReply>;
