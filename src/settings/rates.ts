import type { z } from 'zod';
import { type CallRates, RATE_RULES, RATES, type RateKey } from '../contract/rate-policies.ts';
import { whole } from './types.ts';

const rate = (key: RateKey, whose: string) =>
  whole(
    `Calls a second ${whose}, in each server, with \`AUTH=required\`; ${RATES.burstS} times as many at once. 0: not limited.`,
    0,
    RATES.max,
  ).default(RATE_RULES[key].perS);

/** How often callers who were let in may call (docs/access.md). */
export const RATE_SETTINGS = {
  RATE_ADDRESS: rate('address', 'from one client address, of IPv6 from one /64'),
  RATE_CALLER: rate('caller', 'by one key, or one user with tokens'),
  RATE_READ: rate('read', 'of one operation that reads, by one key or user'),
  RATE_WRITE: rate('write', 'of one operation that adds or changes, by one key or user'),
  RATE_DESTROY: rate('destroy', 'of one operation that ends or hides something, by one key or user'),
} as const;

export const ratesOf = (settings: z.infer<z.ZodObject<typeof RATE_SETTINGS>>): CallRates => ({
  address: settings.RATE_ADDRESS,
  caller: settings.RATE_CALLER,
  read: settings.RATE_READ,
  write: settings.RATE_WRITE,
  destroy: settings.RATE_DESTROY,
});
