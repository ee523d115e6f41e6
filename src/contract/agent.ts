/** The agent's HTTP contract, as the replaced system had it: `POST {AGENT_URL}/extract`. */
export interface ExtractRequest {
  readonly receipt_id: number;
  readonly image_path: string;
  readonly user_id: number;
  /** Ours; an agent may ignore it. */
  readonly job_id: string;
  /** Ours: a short-lived signed address of the image, for agents that do not share the store. */
  readonly image_url?: string;
}

interface ReplyItem {
  readonly item_name: string;
  readonly quantity?: string | null;
  readonly unit_price?: string | null;
  readonly total_price?: string | null;
  readonly currency?: string | null;
  readonly confidence?: number | null;
}

/**
 * What an agent should answer; amounts are decimal strings, dates `YYYY-MM-DD`, confidences 0 to 1. What it does answer
 * is data from outside: `agent-reply/` reads it field by field.
 */
export interface ExtractReply {
  readonly receipt_id: number;
  readonly metadata: {
    readonly merchant_name?: string | null;
    readonly purchase_date?: string | null;
    readonly total_amount?: string | null;
    readonly tax_amount?: string | null;
    readonly currency?: string | null;
    readonly confidence?: number | null;
  };
  readonly items: readonly ReplyItem[];
  readonly raw_text?: string | null;
  readonly validation?: {
    readonly valid: boolean;
    readonly errors: readonly string[];
    readonly warnings: readonly string[];
    readonly confidence?: number | null;
  } | null;
  readonly processing_time_ms?: number | null;
  readonly success: boolean;
  readonly error_message?: string | null;
  readonly evidence?: unknown;
}
