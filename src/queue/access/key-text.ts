import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** `pq_<12 hex>_<64 hex><8 hex>`: an id, 256 random bits, and a checksum by which a typo is told from an unknown key. */
const KEY = /^((pq_[0-9a-f]{12})_([0-9a-f]{64}))([0-9a-f]{8})$/;

const checksumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** 256 random bits need no slow digest: nobody can try them all. */
const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

export interface NewKey {
  readonly keyId: string;
  readonly secretSha256: Buffer;
  /** All of it, which is kept nowhere. */
  readonly text: string;
}

export function newKey(): NewKey {
  const keyId = `pq_${randomBytes(6).toString('hex')}`;
  const secret = randomBytes(32).toString('hex');
  const body = `${keyId}_${secret}`;
  return { keyId, secretSha256: digestOf(secret), text: body + checksumOf(body) };
}

/** @returns undefined for what is no key, or one with a typo */
export function readKey(text: string): { readonly keyId: string; readonly secretSha256: Buffer } | undefined {
  const [, body = '', keyId = '', secret = '', checksum] = KEY.exec(text) ?? [];
  if (checksum === undefined || checksumOf(body) !== checksum) return undefined;
  return { keyId, secretSha256: digestOf(secret) };
}
