import { COUNTRIES, type Country } from './tables/countries.ts';

/** Below this a text says nothing about its country. */
const MIN_WEIGHT = 2;

/** The country a receipt is most likely from, or undefined. */
export function guessCountry(text: string): Country | undefined {
  let best: Country | undefined;
  let bestWeight = MIN_WEIGHT - 0.5;
  for (const country of COUNTRIES) {
    const weight = country.signs.reduce((sum, [sign, value]) => sum + (sign.test(text) ? value : 0), 0);
    if (weight > bestWeight) {
      bestWeight = weight;
      best = country;
    }
  }
  return best;
}
