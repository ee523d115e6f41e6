import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What callers send as proof: a key in a header, or the session of a browser in a cookie. */
const PREFIXES = { key: 'pq', session: 'ps' } as const;
export type SecretKind = keyof typeof PREFIXES;

/** `pq_<12 hex>_<64 hex><8 hex>`: an id, 256 random bits, and a checksum by which a typo is told from an unknown key. */
const SECRET = /^(((p[qs])_[0-9a-f]{12})_([0-9a-f]{64}))([0-9a-f]{8})$/;

const checksumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** 256 random bits need no slow digest: nobody can try them all. */
const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** What the ledger keeps of a key or session. */
export interface SecretDigest {
  /** What its text begins with; it may be shown. */
  readonly id: string;
  readonly secretSha256: Buffer;
}

export interface NewSecret extends SecretDigest {
  /** All of it, which is kept nowhere. */
  readonly text: string;
}

export function newSecret(kind: SecretKind): NewSecret {
  const id = `${PREFIXES[kind]}_${randomBytes(6).toString('hex')}`;
  const secret = randomBytes(32).toString('hex');
  const body = `${id}_${secret}`;
  return { id, secretSha256: digestOf(secret), text: body + checksumOf(body) };
}

export function newKey(): { readonly keyId: string; readonly secretSha256: Buffer; readonly text: string } {
  const { id, ...rest } = newSecret('key');
  return { keyId: id, ...rest };
}

/** @returns undefined for what is no secret of this kind, or one with a typo */
export function readSecret(kind: SecretKind, text: string): SecretDigest | undefined {
  const [, body = '', id = '', prefix, secret = '', checksum] = SECRET.exec(text) ?? [];
  if (prefix !== PREFIXES[kind] || checksumOf(body) !== checksum) return undefined;
  return { id, secretSha256: digestOf(secret) };
}
