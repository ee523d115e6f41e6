/** Everything the agent can refuse, with the HTTP status it answers and whether asking again later can help. */
export const AGENT_ERRORS = {
  invalid_argument: 422,
  image_missing: 422,
  image_unreadable: 422,
  image_too_large: 413,
  unsupported_image: 415,
  body_too_large: 413,
  forbidden: 403,
  not_found: 404,
  busy: 429,
  not_ready: 503,
  reading_timeout: 504,
  lane_lost: 503,
  image_source_unavailable: 502,
  model_busy: 429,
  model_unavailable: 503,
  model_misconfigured: 503,
  model_rejected: 422,
  model_failed: 502,
  model_timeout: 504,
  internal: 500,
} as const;

export type AgentErrorCode = keyof typeof AGENT_ERRORS;

/** A refusal with a stable code and a sentence that is safe to show: no path of this machine, no text of a receipt. */
export class AgentError extends Error {
  readonly code: AgentErrorCode;
  readonly retryAfterS: number | undefined;

  constructor(code: AgentErrorCode, message: string, retryAfterS?: number) {
    super(message);
    this.name = 'AgentError';
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}
