import { COUNTRIES } from './tables/countries.ts';
import type { Country } from './tables/country.ts';

/** Below this a text says nothing about its country. */
const MIN_WEIGHT = 2;
/**
 * From here, and this far ahead of every country that says otherwise, a property is taken as certain. A single name of a
 * place is less: restaurants carry them.
 */
const CERTAIN = { weight: 4, lead: 2 } as const;

/** What the text says of one property of its country. */
export interface Decision<T> {
  readonly value: T | undefined;
  readonly isCertain: boolean;
}

/** How much speaks for each country. Each property is decided on its own: slips of two countries may share one. */
export interface CountryEvidence {
  /** The likeliest country, or undefined where nothing speaks for one. */
  readonly country: Country | undefined;
  decide<T>(property: (country: Country) => T | undefined, certainFrom?: number): Decision<T>;
}

/** Weighs the signs of every country in a text. */
export function weighCountries(text: string): CountryEvidence {
  const weighed = COUNTRIES.map((country) => ({
    country,
    weight: country.signs.reduce((sum, [sign, value]) => sum + (sign.test(text) ? value : 0), 0),
  })).sort((a, b) => b.weight - a.weight);
  const [first] = weighed;
  const country = first !== undefined && first.weight >= MIN_WEIGHT ? first.country : undefined;
  return {
    country,
    decide: (property, certainFrom = CERTAIN.weight) => {
      const said = weighed.flatMap((entry) => {
        const value = property(entry.country);
        return value === undefined ? [] : [{ value, weight: entry.weight }];
      });
      const [best] = said;
      if (best === undefined || best.weight < MIN_WEIGHT) return { value: undefined, isCertain: false };
      const other = said.find(({ value }) => value !== best.value)?.weight ?? 0;
      return { value: best.value, isCertain: best.weight >= certainFrom && best.weight - other >= CERTAIN.lead };
    },
  };
}
