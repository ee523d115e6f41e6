import type { Line, Page, Segment } from '../page.ts';
import { type CountryEvidence, weighCountries } from './country.ts';
import { type FoundCurrency, findCurrency } from './currency.ts';
import type { NumberStyle } from './digits.ts';
import { lineText } from './line-text.ts';
import { findNumbers, isPrice, numberStyle, type PrintedNumber } from './numbers.ts';
import type { Country } from './tables/country.ts';
import { CURRENCY_BY_CODE } from './tables/currencies.ts';
import { withKnownMarks } from './tables/notations.ts';
import { wordsOf } from './words.ts';

/** A line of the receipt with everything the field rules ask of it. */
export interface TextLine {
  readonly index: number;
  readonly text: string;
  readonly words: readonly string[];
  readonly numbers: readonly PrintedNumber[];
  /** Those of the numbers that are written as prices. */
  readonly prices: readonly PrintedNumber[];
  /** Where in `text` each segment begins. */
  readonly starts: readonly number[];
  readonly source: Line;
}

/** A receipt as text, with how it writes numbers, where it is from and what it is paid in. */
export interface ReceiptText {
  readonly lines: readonly TextLine[];
  readonly style: NumberStyle;
  readonly country: Country | undefined;
  readonly countries: CountryEvidence;
  readonly currency: FoundCurrency;
  readonly rawText: string;
}

/** Prepares a page for the field rules. `blankGroups` overrules what the country says of blanks between digits. */
export function receiptText(page: Page, blankGroups?: boolean): ReceiptText {
  const rawText = page.lines.map((line) => line.text).join('\n');
  const known = withKnownMarks(rawText);
  const countries = weighCountries(known);
  const { country } = countries;
  const currency = findCurrency(known.split('\n'), countries);
  const usual = country?.decimalMark ?? '.';
  const decimals = printedDecimals(
    known,
    CURRENCY_BY_CODE.get(currency.code ?? country?.currency ?? '')?.decimals ?? 2,
  );
  const groups = blankGroups ?? countries.decide((each) => each.blankGroups === true).value === true;
  const style = numberStyle(known, usual, decimals, groups);
  const lines = page.lines.map((source, index) => textLine(source, index, style));
  return { lines, style, country, countries, currency, rawText };
}

/** Tills print other decimals than the currency has ("1 250,00 Ft"), and the currency may be a guess: the print decides. */
function printedDecimals(text: string, decimals: 0 | 2 | 3): 0 | 2 | 3 {
  if (decimals === 2) return decimals;
  const withTwo = text.match(/(?<![\d.,])\d{1,4}[.,]\d{2}(?![\d.,/:-])/g)?.length ?? 0;
  const withThree = text.match(/(?<![\d.,])\d{1,3}(?:[.,]\d{3})+(?!\d)/g)?.length ?? 0;
  return withTwo > withThree ? 2 : decimals;
}

function textLine(source: Line, index: number, style: NumberStyle): TextLine {
  const { text, starts } = lineText(source, style);
  const numbers = findNumbers(text, style);
  return {
    index,
    text,
    words: wordsOf(text),
    numbers,
    prices: numbers.filter((n) => isPrice(n, style)),
    starts,
    source,
  };
}

/** The segment of a line that a character position belongs to. */
export function segmentAt(line: TextLine, position: number): Segment | undefined {
  const after = line.starts.findIndex((start) => start > position);
  return after === -1 ? line.source.segments.at(-1) : line.source.segments[after - 1];
}
