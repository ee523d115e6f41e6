/** One key that payloads in Temporal are encrypted with. */
export interface PayloadKey {
  /** Stands in clear beside every payload. */
  readonly id: string;
  /** 32 bytes in base64; undefined: the key is lost, and what it encrypted is given up. */
  readonly secret: string | undefined;
}

export interface PayloadKeys {
  /** Those that decrypt. */
  readonly known: readonly PayloadKey[];
  /** The one that encrypts; undefined: new payloads stay in clear. */
  readonly current: PayloadKey | undefined;
}

const ENTRY = /^([A-Za-z0-9][A-Za-z0-9._-]{0,31}):(?:([A-Za-z0-9+/_-]{43}=?)|lost)$/;
/** In place of the first key: from now on payloads are written in clear. */
const OFF = 'off';
const MAX_KEYS = 20;

export const PAYLOAD_KEYS_RULE =
  `must be at most ${MAX_KEYS} keys as in 2026-11:<32 bytes in base64>, the one that encrypts first, separated by commas; ` +
  'each id once; a lost key is written 2026-11:lost and cannot be the first; off as the first ends encryption';

/**
 * `b:<base64>, a:<base64>`: the first encrypts, all decrypt.
 * @returns undefined when this is no list of keys; what it holds is a secret, so nothing of it is named
 */
export function parsePayloadKeys(text: string): PayloadKeys | undefined {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
  const isOff = entries[0] === OFF;
  const known = entries.slice(isOff ? 1 : 0).map((entry): PayloadKey | undefined => {
    const [, id, secret] = ENTRY.exec(entry) ?? [];
    return id === undefined ? undefined : { id, secret };
  });
  if (known.length > MAX_KEYS || (known.length === 0 && !isOff) || !known.every((key) => key !== undefined)) {
    return undefined;
  }
  if (new Set(known.map(({ id }) => id)).size < known.length) return undefined;
  const current = isOff ? undefined : known[0];
  if (!isOff && current?.secret === undefined) return undefined;
  return { known, current };
}
