import { CURRENCIES, SHARED_SIGNS } from './tables/currencies.ts';

/** A sign or code of the tables, with the currencies it may mean. */
export interface CurrencySign {
  readonly text: string;
  readonly codes: readonly string[];
  readonly likeliest: string | undefined;
  readonly isWord: boolean;
}

const OWN: readonly CurrencySign[] = CURRENCIES.flatMap(({ code, signs, isWord }) =>
  signs.map((text) => ({ text, codes: [code], likeliest: code, isWord: isWord === true && text === code })),
);
const SHARED: readonly CurrencySign[] = SHARED_SIGNS.flatMap(({ signs, codes, likeliest }) =>
  signs.map((text) => ({ text, codes, likeliest, isWord: false })),
);

/** Longest first, so that "US$" is not read as "$". */
const SIGNS = [...OWN, ...SHARED].sort((a, b) => b.text.length - a.text.length);
const BY_TEXT = new Map(SIGNS.map((sign) => [sign.text.toLowerCase(), sign]));

function escaped(text: string): string {
  return text.replace(/[$/.]/g, '\\$&');
}

/** Codes are upper case; words are as the table writes them, or all in capitals; "Euro" is written in any way. */
function spelled({ text }: CurrencySign): string[] {
  const isCode = text === text.toUpperCase() && text.length <= 3;
  const all = isCode || text.length <= 1 ? [text] : [text, text.toUpperCase(), text.toLowerCase()];
  const asName = text.length > 3 ? [text[0] + text.slice(1).toLowerCase()] : [];
  return [...all, ...asName].map(escaped);
}

const ANY = [...new Set(SIGNS.flatMap(spelled))].join('|');
/** One letter is a sign only where it touches the amount ("R12.50"), and never behind it. */
const AFTER = [...new Set(SIGNS.filter(({ text }) => text !== 'R').flatMap(spelled))].join('|');
const PRICE_SIGNS = [...new Set(SIGNS.filter(({ text, isWord }) => text !== 'R' && !isWord).flatMap(spelled))].join(
  '|',
);

/** The sign directly before the end of a text, perhaps with a minus or an opening bracket on either side of it. */
export const SIGN_BEFORE = new RegExp(
  `(?:(?<!\\p{L})(?:${PRICE_SIGNS})\\.?:?|(?<=\\p{Ll})(?:RM|EUR)|\\p{Sc})\\s?[-(]?\\s?$|(?<![\\p{L}\\d])R$`,
  'u',
);
/** The sign directly behind an amount. */
export const SIGN_AFTER = new RegExp(`^\\s?\\)?\\s?(?:${AFTER})(?![\\p{L}])`, 'u');
/** A sign as the inside of other patterns. */
export const SIGN = `(?:${PRICE_SIGNS})`;

/** A sign with the amount beside it: "RM 9.00", "9,00 €", "kr. 149". */
const PREFIXED = new RegExp(`(?<![\\p{L}])(${ANY})(?![\\p{L}])\\.?\\s?[-(]?\\s?(?=\\d|[.,]\\d)`, 'gu');
const SUFFIXED = new RegExp(`(?<=\\d[-)]?\\s?)(${AFTER})(?![\\p{L}\\d])`, 'gu');
/** Alone on its line, in brackets, or behind a word of the table head: "EUR", "(RM)", "Preis EUR". */
const ALONE = new RegExp(`^\\W*(${AFTER})\\W*$|[([]\\s?(${AFTER})\\s?[)\\]]|(?<=\\p{L}{3} )(${AFTER})\\s*$`, 'gu');

/** Every sign or code of a currency that stands on a line beside an amount or for a column of amounts. */
export function signsOn(line: string): { sign: CurrencySign; beside: boolean }[] {
  const found: { sign: CurrencySign; beside: boolean }[] = [];
  for (const [pattern, beside] of [
    [PREFIXED, true],
    [SUFFIXED, true],
    [ALONE, false],
  ] as const) {
    for (const match of line.matchAll(pattern)) {
      const text = match.slice(1).find((group) => group !== undefined) ?? '';
      const sign = BY_TEXT.get(text.toLowerCase());
      if (sign === undefined || isDateBehind(line.slice(match.index + match[0].length))) continue;
      if (sign.text === 'BHD' && /S[DB]N\.?\s?$/i.test(line.slice(0, match.index))) continue;
      if (sign.text === 'R' && !/^R\d+[.,]\d{2}(?!\d)/.test(line.slice(match.index))) continue;
      found.push({ sign, beside });
    }
  }
  return found;
}

/** "Fr. 12.05.2020" is a Friday. */
function isDateBehind(rest: string): boolean {
  return /^\d{1,2}[./-]\d{1,2}[./-]\d/.test(rest);
}
