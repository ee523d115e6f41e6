import type { CountryEvidence } from './country.ts';
import { type CurrencySign, signsOn } from './currency-signs.ts';
import { labelOf } from './labels.ts';
import { wordsOf } from './words.ts';

/** What the receipt is paid in, how that is known, and what is in doubt about it. */
export interface FoundCurrency {
  readonly code: string | undefined;
  /** Index of the line that says so; undefined where only the country does. */
  readonly lineIndex: number | undefined;
  readonly rule: string;
  /** 0 to 1: below 0.7 it is a guess, and `doubt` says why. */
  readonly confidence: number;
  readonly doubt: string | undefined;
}

interface Mention {
  readonly sign: CurrencySign;
  readonly line: number;
  /** 3 beside a total, 2 beside another sum, 1 beside a price, 0 over a column. */
  readonly rank: number;
}

/** With nothing printed, more must speak for the country. */
const CERTAIN_ALONE = 6;

const RANKS: Readonly<Record<string, number>> = { total: 3, subtotal: 2, tax: 2, cash: 2, card: 2, change: 2, net: 2 };

/**
 * The currency of a receipt: what is printed beside its sums decides, whatever country it looks like. A sign that several
 * countries share is settled by a code or by the country; where nothing is printed, only a certain country names one.
 */
export function findCurrency(lines: readonly string[], countries: CountryEvidence): FoundCurrency {
  const mentions = lines.flatMap((text, line) => mentionsOn(text, line));
  const top = Math.max(...mentions.map(({ rank }) => rank));
  const nearest = mentions.filter(({ rank }) => rank === top);
  const own = nearest.filter(({ sign }) => sign.codes.length === 1 && sign.text !== 'R');
  const codes = [...new Set(own.map(({ sign }) => sign.codes[0]))];
  const [first] = own;
  if (first !== undefined) {
    const code = mostFrequent(own.flatMap(({ sign }) => sign.codes));
    const others = codes.filter((other) => other !== code);
    const at = own.find(({ sign }) => sign.codes[0] === code) ?? first;
    const rule = `currency: "${at.sign.text}" is printed`;
    if (others.length === 0) return { code, lineIndex: at.line, rule, confidence: 0.97, doubt: undefined };
    const doubt = `Sums are printed in ${[code, ...others].join(' and ')}; the currency of the total is not certain.`;
    return { code, lineIndex: at.line, rule, confidence: 0.5, doubt };
  }
  const [shared] = nearest;
  return shared === undefined ? byCountry(countries) : bySharedSign(shared, mentions, countries);
}

function mentionsOn(text: string, line: number): Mention[] {
  const found = signsOn(text);
  if (found.length === 0) return [];
  const kind = labelOf(wordsOf(text))?.kind;
  const sum = kind === undefined ? 0 : (RANKS[kind] ?? 0);
  return found.flatMap(({ sign, beside }) => {
    if (sign.isWord && sum === 0) return [];
    return [{ sign, line, rank: sum > 0 ? sum : beside ? 1 : 0 }];
  });
}

function mostFrequent(codes: readonly string[]): string | undefined {
  const count = (code: string): number => codes.filter((other) => other === code).length;
  return [...codes].sort((a, b) => count(b) - count(a))[0];
}

function bySharedSign(
  { sign, line }: Mention,
  mentions: readonly Mention[],
  countries: CountryEvidence,
): FoundCurrency {
  const named = mentions.flatMap((other) => (other.sign.codes.length === 1 ? other.sign.codes : []));
  const code = mostFrequent(named.filter((each) => sign.codes.includes(each)));
  if (code !== undefined && sign.text !== 'R') {
    return {
      code,
      lineIndex: line,
      rule: `currency: "${sign.text}" and ${code} are printed`,
      confidence: 0.95,
      doubt: undefined,
    };
  }
  const country = countries.decide((each) => (sign.codes.includes(each.currency) ? each.currency : undefined));
  if (country.isCertain) {
    const rule = `currency: "${sign.text}" is printed, and the country's is ${country.value}`;
    return { code: country.value, lineIndex: line, rule, confidence: 0.9, doubt: undefined };
  }
  return {
    code: country.value ?? sign.likeliest,
    lineIndex: line,
    rule: `currency: "${sign.text}" is printed, the country is a guess`,
    confidence: 0.5,
    doubt: `"${sign.text}" is printed, which several countries use; the currency is not certain.`,
  };
}

function byCountry(countries: CountryEvidence): FoundCurrency {
  const { value, isCertain } = countries.decide((country) => country.currency, CERTAIN_ALONE);
  if (value !== undefined && isCertain) {
    return { code: value, lineIndex: undefined, rule: `currency: of the country`, confidence: 0.8, doubt: undefined };
  }
  const doubt = 'No currency is printed, and the country is not certain.';
  return { code: undefined, lineIndex: undefined, rule: 'currency: none', confidence: 0, doubt };
}
