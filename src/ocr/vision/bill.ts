import type { Usage } from './protocol.ts';
import type { VisionSettings } from './settings.ts';

/** What a reply says of its price, so that the queue's bill counts it. */
export interface Bill {
  readonly usage?: { readonly model: string; readonly input_tokens: number; readonly output_tokens: number };
  readonly cost?: { readonly amount: string; readonly currency: string; readonly model?: string };
}

/** No model was asked: free, whatever a call usually costs. */
export const FREE: Bill = { cost: { amount: '0', currency: 'USD' } };

/** Prices have at most six decimals and are for a million tokens, so a token's are whole in this. */
const DECIMALS = 12;
/** Of an amount that the queue takes. */
const KEPT_DECIMALS = 9;

/** What one answer used, and what that costs where prices are set. */
export function billOf({ model: asked, prices }: VisionSettings, used: Usage): Bill {
  const usage = { model: asked, input_tokens: used.inputTokens, output_tokens: used.outputTokens };
  if (prices === undefined) return { usage };
  const units = unitsOf(prices.input) * BigInt(used.inputTokens) + unitsOf(prices.output) * BigInt(used.outputTokens);
  return { usage, cost: { amount: decimalOf(units), currency: prices.currency, model: asked } };
}

/** Of one token, in millionths of a millionth. */
function unitsOf(price: string): bigint {
  const [whole = '0', fraction = ''] = price.split('.');
  return BigInt(whole + fraction.padEnd(6, '0'));
}

/** Rounded up: a bill that is too low hides what is spent. */
function decimalOf(units: bigint): string {
  const step = 10n ** BigInt(DECIMALS - KEPT_DECIMALS);
  const kept = ((units + step - 1n) / step).toString().padStart(KEPT_DECIMALS + 1, '0');
  const text = `${kept.slice(0, -KEPT_DECIMALS)}.${kept.slice(-KEPT_DECIMALS)}`;
  return text.replace(/\.?0+$/, '');
}
