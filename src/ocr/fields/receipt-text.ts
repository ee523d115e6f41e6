import type { Line, Page, Segment } from '../page.ts';
import { guessCountry } from './country.ts';
import {
  findNumbers,
  isPrice,
  mendMark,
  mendNumbers,
  type NumberStyle,
  numberStyle,
  type PrintedNumber,
} from './numbers.ts';
import type { Country } from './tables/countries.ts';
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

/** A receipt as text, with how it writes numbers and where it is from. */
export interface ReceiptText {
  readonly lines: readonly TextLine[];
  readonly style: NumberStyle;
  readonly country: Country | undefined;
  readonly rawText: string;
}

/** Prepares a page for the field rules. */
export function receiptText(page: Page): ReceiptText {
  const rawText = page.lines.map((line) => line.text).join('\n');
  const country = guessCountry(rawText);
  const style = numberStyle(rawText, country?.decimalMark ?? '.', country?.currency === 'VND' ? 0 : 2);
  const lines = page.lines.map((source, index) => textLine(source, index, style));
  return { lines, style, country, rawText };
}

function textLine(source: Line, index: number, style: NumberStyle): TextLine {
  const starts: number[] = [];
  let text = '';
  for (const segment of source.segments) {
    if (text !== '') text += ' ';
    starts.push(text.length);
    text += mendNumbers(segment.text);
  }
  const apart = findNumbers(text, style);
  // A price may be cut in two by the gap between segments; joining them is right only where no price was found.
  if (!apart.some((number) => isPrice(number, style))) text = mendMark(mendNumbers(text));
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
