import { z } from 'zod';
import { fieldRule } from './check-input.ts';
import { isCurrency } from './currency.ts';
import { money } from './fields.ts';

/** What one answered call of the agent cost. */
export interface CallCost {
  /** A decimal string; undefined: not known. */
  readonly amount: string | undefined;
  /** Of the amount. */
  readonly currency: string;
  /** What the agent says it has used. */
  readonly model: string | undefined;
  /** The agent named a cost that could not be read; the amount is the configured price then. */
  readonly unread: boolean;
}

/** A call that nobody has put a price on. */
export const UNPRICED: CallCost = { amount: undefined, currency: 'USD', model: undefined, unread: false };

/** What a call costs where the agent does not say. */
export interface Prices {
  readonly currency: string;
  /** Decimal strings. */
  readonly perCall: string | undefined;
  readonly byModel: Readonly<Record<string, string>>;
}

export const NO_PRICES: Prices = { currency: 'USD', perCall: undefined, byModel: {} };

/** The form of an amount: never negative, never a float. Twelve digits and nine decimals hold any bill. */
export const AMOUNT = /^\d{1,12}(\.\d{1,9})?$/;

export const currencyCode = z
  .string()
  .check(
    fieldRule((text) =>
      isCurrency(text) ? undefined : { code: 'format', message: 'currency must be a code of ISO 4217, as USD.' },
    ),
  )
  .describe('A code of ISO 4217: USD.');

export const amountIn = z.object({ amount: money, currency: z.string() });

/** Amounts of different currencies are never added together. */
export const costs = z.array(amountIn).describe('One amount a currency; empty where no call has a known cost.');
export type Costs = z.infer<typeof costs>;

export const paidCalls = z
  .int()
  .describe('Calls of the agent that were answered, of known cost or not. A call that was cut off is not known.');
