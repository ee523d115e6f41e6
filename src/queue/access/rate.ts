import { AppError } from '../../contract/errors.ts';
import { isIdentified, type Principal } from '../../contract/principal.ts';
import {
  type CallRates,
  RATE_KEYS,
  RATE_RULES,
  RATES,
  type RateRule,
  type RateScope,
  USUAL_RATES,
} from '../../contract/rate-policies.ts';
import type { Call, Stage } from '../stage.ts';
import { type Buckets, createBuckets } from './buckets.ts';
import { networkOf } from './network.ts';

interface Counted {
  readonly rule: RateRule;
  readonly perS: number;
  readonly buckets: Buckets;
}

const callerName = ({ keyId, tenant, user }: Principal): string => keyId ?? `${tenant} ${user}`;
const callerText = ({ keyId, user }: Principal): string => (keyId === undefined ? `User ${user}` : `The key ${keyId}`);

/** Under which name a rule counts a call; undefined: it does not. */
const COUNTED_AS: Readonly<Record<RateScope, (call: Call) => string | undefined>> = {
  address: ({ context }) => context.principal.address && networkOf(context.principal.address),
  caller: ({ context }) => callerName(context.principal),
  operation: ({ row, context }) => `${callerName(context.principal)} ${row.name}`,
};

const TOLD: Readonly<Record<RateScope, (call: Call, perS: number) => string>> = {
  address: (_, perS) => `The address that this comes from makes more than ${perS} calls a second.`,
  caller: ({ context }, perS) => `${callerText(context.principal)} makes more than ${perS} calls a second.`,
  operation: ({ row, context }, perS) =>
    `${callerText(context.principal)} calls ${row.name} more than ${perS} times a second.`,
};

/**
 * The rates of calls: by address, by caller, and by caller and operation. A caller who needs no key is alone on a machine,
 * and is not counted.
 * @throws AppError rate_limited, from its stage
 */
export function createRateHeld(rates: CallRates = USUAL_RATES, now?: () => number): Stage {
  const rules = RATE_KEYS.filter((key) => rates[key] > 0).map((key): Counted => {
    const perS = rates[key];
    const bucket = { burst: perS * RATES.burstS, perS, remembered: RATES.remembered };
    return { rule: RATE_RULES[key], perS, buckets: createBuckets(bucket, now) };
  });
  return async (call, next) => {
    if (isIdentified(call.context.principal)) take(rules, call);
    return next();
  };
}

/** What is refused by one rule is counted by none. */
function take(rules: readonly Counted[], call: Call): void {
  const taken: (() => void)[] = [];
  for (const { rule, perS, buckets } of rules) {
    // A row without an effect is a stream, which reads.
    if (rule.effect !== undefined && rule.effect !== (call.row.effect ?? 'read')) continue;
    const name = COUNTED_AS[rule.of](call);
    if (name === undefined) continue;
    const waitS = buckets.take(name);
    if (waitS > 0) {
      for (const giveBack of taken) giveBack();
      throw refusal(rule, perS, TOLD[rule.of](call, perS), Math.ceil(waitS));
    }
    taken.push(() => buckets.giveBack(name));
  }
}

function refusal({ name, setting }: RateRule, perS: number, message: string, retryAfterS: number): AppError {
  return new AppError('rate_limited', message, {
    hint: `Wait ${retryAfterS} s, then call less often. An operator sets this rate (${setting}).`,
    retryAfterS,
    limit: { name, limit: perS * RATES.burstS, remaining: 0, reset_s: retryAfterS, window_s: RATES.burstS },
  });
}
