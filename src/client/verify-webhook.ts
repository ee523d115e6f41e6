import type { EventMessage } from '../contract/event-message.ts';
import { WEBHOOKS } from '../contract/webhook-policies.ts';
import type { TEST_TYPE } from '../contract/webhook-types.ts';

/** A message as a webhook gets it; a newer queue may send types that are not known here. */
export type WebhookMessage =
  | { readonly type: string; readonly timestamp: string; readonly data: EventMessage }
  | {
      readonly type: typeof TEST_TYPE;
      readonly timestamp: string;
      readonly data: { readonly webhook_id: string; readonly message: string };
    };

/** A message that was not sent by a program that knows the secret, or not lately. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

export interface VerifyOptions {
  /** Default: 300. */
  readonly toleranceS?: number;
  /** In place of the clock. */
  readonly now?: () => number;
}

type HeadersLike = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const PREFIX = 'whsec_';
/** Two live secrets make two; a header with more is not one of ours. */
const MOST_SIGNATURES = 8;

/**
 * Checks that a message comes from the queue: by the signature over id, time and body that Standard Webhooks defines.
 * @param body exactly the bytes that arrived, before anything has parsed them
 * @param secret as it was shown, `whsec_…`; several while one is being replaced
 * @throws WebhookVerificationError when no signature fits, or the message is older or newer than the tolerance
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: HeadersLike,
  secret: string | readonly string[],
  { toleranceS = WEBHOOKS.toleranceS, now = Date.now }: VerifyOptions = {},
): Promise<WebhookMessage> {
  const id = header(headers, 'webhook-id');
  const timestamp = header(headers, 'webhook-timestamp');
  const given = header(headers, 'webhook-signature');
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookVerificationError('The header webhook-timestamp is not a time.');
  if (Math.abs(now() / 1_000 - Number(timestamp)) > toleranceS) {
    throw new WebhookVerificationError(`The message was not sent within ${toleranceS} s of now.`);
  }
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const content = joined(new TextEncoder().encode(`${id}.${timestamp}.`), bytes);
  const signatures = given
    .split(' ')
    .slice(0, MOST_SIGNATURES)
    .flatMap((each) => (each.startsWith('v1,') ? (fromBase64(each.slice(3)) ?? []) : []));
  for (const each of typeof secret === 'string' ? [secret] : secret) {
    const key = await keyOf(each);
    for (const signature of signatures) {
      // Compares in constant time.
      if (await crypto.subtle.verify('HMAC', key, signature, content))
        return JSON.parse(new TextDecoder().decode(bytes));
    }
  }
  throw new WebhookVerificationError('No signature of the message fits.');
}

function header(headers: HeadersLike, name: string): string {
  const value =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  if (typeof value !== 'string' || value === '') throw new WebhookVerificationError(`The header ${name} is missing.`);
  return value;
}

/** @throws TypeError for what is no secret: a mistake of the receiver's own, and no message's */
async function keyOf(secret: string): Promise<Key> {
  const bytes = secret.startsWith(PREFIX) ? fromBase64(secret.slice(PREFIX.length)) : undefined;
  if (!bytes || bytes.length === 0) throw new TypeError(`A secret begins with ${PREFIX}.`);
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
