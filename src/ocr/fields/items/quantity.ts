import type { NumberStyle } from '../digits.ts';
import type { PrintedNumber } from '../numbers.ts';

/** How many, and what one costs: found by arithmetic, so a pair that does not multiply to the price is never believed. */
export interface Quantity {
  readonly quantity: number;
  readonly quantityDecimals: number;
  readonly unitPrice: number;
  readonly unitDecimals: number;
  /** Where the two stand on the line. */
  readonly starts: readonly number[];
}

/** A hundredth either way: weights are rounded when they are printed. */
const TOLERANCE = 0.0151;

/** "1.250" is a thousand and a quarter where prices have no decimals, unless it is a weight: then it is the other reading. */
function asWeights(numbers: readonly PrintedNumber[]): PrintedNumber[] {
  return numbers.flatMap((number) =>
    number.grouped && number.decimals === 0 && number.value < 100_000
      ? [number, { ...number, value: number.value / 1000, decimals: 3, grouped: false }]
      : [number],
  );
}

/** Two numbers of a line that multiply to the price. A multiplication sign beside one of them makes a pair likelier. */
export function multiplyingPair(
  numbers: readonly PrintedNumber[],
  price: number,
  style: NumberStyle,
): Quantity | undefined {
  let best: Quantity | undefined;
  let bestScore = -1;
  for (const quantity of style.priceDecimals === 0 ? asWeights(numbers) : numbers) {
    if (!couldCount(quantity)) continue;
    for (const unit of numbers) {
      if (unit.start === quantity.start || !couldBeUnitPrice(unit, style)) continue;
      if (!multiplies(quantity.value, unit.value, price)) continue;
      const isMany = quantity.value !== 1;
      const score = (quantity.times || unit.times ? 2 : 0) + (isMany ? 1 : 0) + (quantity.decimals === 0 ? 0.5 : 0);
      if (score <= bestScore) continue;
      bestScore = score;
      best = {
        quantity: quantity.value,
        quantityDecimals: quantity.decimals,
        unitPrice: unit.value,
        unitDecimals: unit.decimals,
        starts: [quantity.start, unit.start],
      };
    }
  }
  return best;
}

export function multiplies(quantity: number, unitPrice: number, price: number): boolean {
  return Math.abs(quantity * unitPrice - Math.abs(price)) < TOLERANCE;
}

function couldCount(number: PrintedNumber): boolean {
  if (number.minus || number.value <= 0) return false;
  if (number.decimals === 0) return !number.grouped && number.value <= 9_999;
  return number.decimals <= 4 && number.value < 1_000;
}

function couldBeUnitPrice(number: PrintedNumber, style: NumberStyle): boolean {
  if (number.value <= 0) return false;
  return number.decimals >= 2 || (style.priceDecimals === 0 && number.value >= 100);
}
