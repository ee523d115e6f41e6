import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';
import { AppError } from '../../contract/errors.ts';
import type { PayloadKeys } from '../../contract/payload-keys.ts';
import { decryptPayload, encryptPayload } from './payload-bytes.ts';

const ENCODING = 'encoding';
const ENCRYPTED = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';

const text = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('utf8');
const bytesOf = (from: string) => new Uint8Array(Buffer.from(from, 'utf8'));

/** A payload that no key of this process reads. */
export class UnreadablePayload extends AppError {
  /** PAYLOAD_KEYS says that the key is lost. */
  readonly isLost: boolean;

  constructor(keyId: string, isLost: boolean, fault: string) {
    super('engine_misconfigured', `Temporal holds payloads of key "${keyId}", ${fault}.`, {
      hint: `Add the key to PAYLOAD_KEYS and restart. If it is lost, add ${keyId}:lost: unfinished jobs are then started again.`,
    });
    this.name = 'UnreadablePayload';
    this.isLost = isLost;
  }
}

const UNREADABLE = z.object({ unreadable: z.string(), isLost: z.boolean() });
/** What stands in place of a payload that no key reads. */
type Unreadable = z.infer<typeof UNREADABLE>;

/** @returns undefined where a value could be read */
export function unreadableIn(value: unknown): Unreadable | undefined {
  return UNREADABLE.safeParse(value).data;
}

function markOf({ message: unreadable, isLost }: UnreadablePayload): Payload {
  const mark: Unreadable = { unreadable, isLost };
  return { metadata: { [ENCODING]: bytesOf('json/plain') }, data: bytesOf(JSON.stringify(mark)) };
}

/** Reads what is in clear, and names the key of what is not. */
const NO_KEYS: PayloadKeys = { known: [], current: undefined };

/**
 * Encrypts what Temporal stores of us with the first key, and decrypts with any. What was stored in clear is read as it is.
 * @param whereUnreadable `refuse`: throws UnreadablePayload, so that a worker never goes on with what it has not read;
 *   `mark`: what `unreadableIn` finds stands in its place, for those who only look
 */
export function createPayloadCodec(
  { known, current }: PayloadKeys = NO_KEYS,
  whereUnreadable: 'refuse' | 'mark' = 'refuse',
): PayloadCodec {
  const secrets = new Map(known.map(({ id, secret }) => [id, secret === undefined ? undefined : secretOf(secret)]));
  const currentSecret = current && secrets.get(current.id);

  function decrypted(payload: Payload): Payload {
    if (text(payload.metadata?.[ENCODING]) !== ENCRYPTED) return payload;
    // The id comes from the writer of the payload.
    const id = text(payload.metadata?.[KEY_ID])
      .replace(/[^A-Za-z0-9._-]/g, '?')
      .slice(0, 32);
    const secret = secrets.get(id);
    if (secret === undefined) {
      const isLost = secrets.has(id);
      throw new UnreadablePayload(id, isLost, isLost ? 'which is lost' : 'which this process does not have');
    }
    const opened = decryptPayload(payload.data ?? new Uint8Array(), secret);
    if (!opened)
      throw new UnreadablePayload(id, false, 'and the key that this process has under that id does not open them');
    return opened;
  }

  function shown(payload: Payload): Payload {
    try {
      return decrypted(payload);
    } catch (error) {
      if (error instanceof UnreadablePayload) return markOf(error);
      throw error;
    }
  }

  return {
    async encode(payloads) {
      if (!current || !currentSecret) return payloads;
      const metadata = { [ENCODING]: bytesOf(ENCRYPTED), [KEY_ID]: bytesOf(current.id) };
      return payloads.map((payload) => ({ metadata, data: encryptPayload(payload, currentSecret) }));
    },
    async decode(payloads) {
      return payloads.map(whereUnreadable === 'refuse' ? decrypted : shown);
    },
  };
}

const secretOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
