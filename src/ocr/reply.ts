import type { Region } from './page.ts';

/** Where a value was read and why it was chosen. */
export interface Evidence {
  /** As fractions of the upright page's width and height. */
  readonly region: Region;
  /** How surely the characters were read, 0 to 1. */
  readonly reading_confidence: number;
  /** How sure the agent is of the value, 0 to 1. Below 0.7 it is a guess, and an error or a warning says why. */
  readonly confidence: number;
  /** Name of the rule that chose the value. */
  readonly rule: string;
}

/** What the agent says of a receipt as a whole. Amounts are decimal strings, dates YYYY-MM-DD; what was not found is null. */
export interface ReplyMetadata {
  readonly merchant_name: string | null;
  readonly purchase_date: string | null;
  readonly total_amount: string | null;
  readonly tax_amount: string | null;
  readonly currency: string | null;
  readonly confidence: number;
}

export interface ReplyItem {
  readonly item_name: string;
  readonly quantity: string | null;
  readonly unit_price: string | null;
  readonly total_price: string | null;
  readonly currency: string | null;
  readonly confidence: number;
}

export interface ReplyValidation {
  readonly valid: boolean;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly confidence: number;
}

export interface ReplyEvidence {
  readonly page: { readonly width: number; readonly height: number; readonly turned_degrees: 0 | 90 | 180 | 270 };
  readonly fields: Readonly<
    Partial<Record<'merchant_name' | 'purchase_date' | 'total_amount' | 'tax_amount' | 'currency', Evidence>>
  >;
  /** One entry for each item, in the same order. */
  readonly items: readonly Evidence[];
}

/** What a lane hands back of one picture. */
export interface Extraction {
  readonly metadata: ReplyMetadata;
  readonly items: readonly ReplyItem[];
  readonly raw_text: string;
  readonly validation: ReplyValidation;
  readonly evidence: ReplyEvidence;
}

/** The answer of `POST /extract`. */
export interface ExtractReply extends Extraction {
  readonly receipt_id: number;
  readonly processing_time_ms: number;
  readonly success: boolean;
  readonly error_message: string | null;
  /** Of a vision model, where one was asked. */
  readonly usage?: { readonly model: string; readonly input_tokens: number; readonly output_tokens: number };
  readonly cost?: { readonly amount: string; readonly currency: string; readonly model?: string };
}
