import type { Effect } from './operation.ts';

/** A full bucket holds so many seconds of its rate; names beyond `remembered` are forgotten, the oldest first. */
export const RATES = { burstS: 5, remembered: 10_000, max: 100_000 } as const;

/** Whose calls a rule counts together. */
export type RateScope = 'address' | 'caller' | 'operation';

export interface RateRule {
  /** As `RateLimit` fields and problems name it. */
  readonly name: string;
  readonly setting: string;
  readonly of: RateScope;
  /** Only calls of operations that do this; absent: all calls. */
  readonly effect?: Effect;
  /** Calls a second, where the setting names no other. */
  readonly perS: number;
}

/** How often callers who were let in may call. A call keeps every rule that counts it; a further rule is a further row. */
export const RATE_RULES = {
  address: { name: 'address', setting: 'RATE_ADDRESS', of: 'address', perS: 1_000 },
  caller: { name: 'caller', setting: 'RATE_CALLER', of: 'caller', perS: 500 },
  read: { name: 'operation-read', setting: 'RATE_READ', of: 'operation', effect: 'read', perS: 200 },
  write: { name: 'operation-write', setting: 'RATE_WRITE', of: 'operation', effect: 'write', perS: 200 },
  destroy: { name: 'operation-destroy', setting: 'RATE_DESTROY', of: 'operation', effect: 'destroy', perS: 50 },
} as const satisfies Record<string, RateRule>;

export type RateKey = keyof typeof RATE_RULES;
export const RATE_KEYS = Object.keys(RATE_RULES) as readonly RateKey[];

/** Calls a second by each rule; 0: the rule counts nothing. */
export type CallRates = Readonly<Record<RateKey, number>>;

export const USUAL_RATES: CallRates = {
  address: RATE_RULES.address.perS,
  caller: RATE_RULES.caller.perS,
  read: RATE_RULES.read.perS,
  write: RATE_RULES.write.perS,
  destroy: RATE_RULES.destroy.perS,
};
