/** Tokens of an identity provider (JWT), and the keys that they are checked with. */
export const TOKENS = {
  /** How far the issuer's clock and ours may be apart. */
  skewS: 60,
  maxBytes: 8_192,
  /** Keys that were fetched are taken as the current ones for this long. */
  keysFreshMs: 10 * 60_000,
  /** While the issuer is away, its last keys are believed for this long. */
  keysStaleMs: 60 * 60_000,
  /** An unknown `kid`, or a fetch that failed, leads to no further fetch before this. */
  fetchAgainMs: 30_000,
  connectMs: 2_000,
  idleMs: 3_000,
  totalMs: 5_000,
  maxKeySetBytes: 65_536,
  maxKeys: 100,
} as const;

/** Signatures that may be allowed: those of key pairs. A shared secret would let each reader make tokens. */
export const TOKEN_ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const),
] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

export const USUAL_ALGORITHMS: readonly TokenAlgorithm[] = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
