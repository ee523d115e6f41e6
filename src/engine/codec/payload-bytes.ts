import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload } from '@temporalio/common';
// Its named exports are made as it runs, so Node finds the default one alone.
import proto from '@temporalio/proto';

const { Payload: Message } = proto.temporal.api.common.v1;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A payload as bytes: nonce, ciphertext, tag. The layout of Temporal's own samples, so other languages can read it. */
export function encryptPayload(payload: Payload, secret: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
  const hidden = [cipher.update(Message.encode(payload).finish()), cipher.final()];
  return Buffer.concat([nonce, ...hidden, cipher.getAuthTag()]);
}

/** @returns undefined when these bytes are not what this key has encrypted */
export function decryptPayload(bytes: Uint8Array, secret: Uint8Array): Payload | undefined {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const end = bytes.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(CIPHER, secret, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(end));
    const shown = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()]);
    return Message.decode(shown);
  } catch {
    return undefined;
  }
}
