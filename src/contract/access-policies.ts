import { SCOPES } from './operation.ts';

const DAY_S = 86_400;

/** What a key may be given. `act_as` is asked for by no operation: it lets a caller name other users of its tenant. */
export const KEY_SCOPES = [...SCOPES, 'act_as'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** Of all tenants together; named where they are meant. */
export const OPERATOR_SCOPES: readonly KeyScope[] = ['metrics:read', 'payloads:read'];

/** What `all` stands for: everything in one tenant. */
export const ALL_SCOPES: readonly KeyScope[] = KEY_SCOPES.filter((scope) => !OPERATOR_SCOPES.includes(scope));

/** Of a key that is made without naming any. */
export const USUAL_SCOPES: readonly KeyScope[] = ['jobs:read', 'jobs:write'];

export const KEYS = {
  name: 64,
  expiresInDays: 3_650,
  /** Keys of a tenant that are valid, or have ended less than `keptS` ago. */
  ofTenant: 1_000,
  /** The key before a rotation stays valid for this long, or until the next rotation. */
  oldKeyS: DAY_S,
  /** A key that has ended stays in lists for this long. */
  keptS: 30 * DAY_S,
  /** What a process knows of a key is believed this long: a revoked one is refused by then at the latest. */
  believedMs: 5_000,
  /** Keys that a process remembers, and keys that there are not. */
  remembered: 10_000,
  rememberedUnknown: 1_000,
  /** `last_used_at` is written no more often than this. */
  usedEveryS: 60,
} as const;

/** Browsers that were signed in with a key. */
export const SESSIONS = {
  validS: 12 * 3_600,
  /** Of one key; the next one ends the oldest. */
  ofKey: 20,
} as const;

/** Sessions opened with one key: so many at once, then one in `1 / perS` seconds. */
export const SIGN_INS = { burst: 10, perS: 0.1, remembered: 10_000 } as const;

/** Keys that are refused, of one address (of IPv6: one /64): so many at once, then one in `1 / perS` seconds. */
export const FAILED_KEYS = { burst: 20, perS: 0.1, remembered: 10_000 } as const;
