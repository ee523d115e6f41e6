import { AppError } from '../errors.ts';
import { isObject, type JsonObject, parseJson } from './json.ts';

/** What arrived: a reply for this receipt, or the reason why it is none. */
export type JudgedReply =
  | { readonly reply: JsonObject; readonly refusal?: undefined }
  | { readonly refusal: AppError; readonly reply?: undefined };

const FAILED: ReadonlySet<unknown> = new Set([false, 'false', 'no', 0, '0']);

/**
 * Is this a reply for this receipt at all? Everything else about it is read field by field, and never asked for again.
 * @returns a refusal with agent_bad_response, agent_mismatch or agent_rejected
 */
export function judgeReply(bytes: Uint8Array, receiptId: number): JudgedReply {
  const reply = parseJson(bytes);
  if (reply === undefined) return refused('agent_bad_response', 'The agent’s answer is not valid JSON.');
  if (!isObject(reply)) return refused('agent_bad_response', 'The agent’s answer is not a JSON object.');
  const named = idOf(reply.receipt_id);
  if (named !== undefined && named !== receiptId) {
    return refused('agent_mismatch', `The agent answered for receipt ${named}, not ${receiptId}.`);
  }
  const success = typeof reply.success === 'string' ? reply.success.trim().toLowerCase() : reply.success;
  if (FAILED.has(success)) {
    return refused('agent_rejected', 'The agent could not read the receipt (success: false).');
  }
  if (!hasReading(reply)) {
    return refused(
      'agent_bad_response',
      'The agent’s answer has no reading: metadata, items and raw_text are missing.',
    );
  }
  return { reply };
}

function refused(code: 'agent_bad_response' | 'agent_mismatch' | 'agent_rejected', message: string): JudgedReply {
  return { refusal: new AppError(code, message) };
}

/** @returns undefined when no receipt is named: the reply came over the connection on which it was asked for */
export function idOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\s*\d{1,15}\s*$/.test(value) ? Number(value) : undefined;
}

function hasReading({ metadata, items, raw_text: text }: JsonObject): boolean {
  return isObject(metadata) || Array.isArray(items) || typeof text === 'string';
}
