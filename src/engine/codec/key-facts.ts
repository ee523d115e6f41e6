import { createHmac } from 'node:crypto';
import type { PayloadKeys } from '../../contract/payload-keys.ts';

/** Long enough that two keys never have the same, and nothing that helps to find a key of 256 random bits. */
const FINGERPRINT_CHARS = 16;

/** What may be told of keys: their ids, and a fingerprint of each. */
export function payloadKeyFacts(keys: PayloadKeys | undefined): {
  readonly fingerprints: ReadonlyMap<string, string>;
  readonly lost: ReadonlySet<string>;
  readonly current: string;
} {
  const known = keys?.known ?? [];
  return {
    fingerprints: new Map(
      known.flatMap(({ id, secret }) => (secret === undefined ? [] : [[id, fingerprintOf(secret)] as const])),
    ),
    lost: new Set(known.flatMap(({ id, secret }) => (secret === undefined ? [id] : []))),
    current: keys?.current?.id ?? '',
  };
}

const fingerprintOf = (secret: string) =>
  createHmac('sha256', Buffer.from(secret, 'base64'))
    .update('pantry-queue payload key')
    .digest('hex')
    .slice(0, FINGERPRINT_CHARS);
