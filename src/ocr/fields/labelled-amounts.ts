import type { NumberStyle } from './digits.ts';
import { CURRENCY_WORDS, labelOf, strangersIn } from './labels.ts';
import { type PrintedNumber, thousandths } from './numbers.ts';
import type { ReceiptText, TextLine } from './receipt-text.ts';
import { LABEL_RULES, type LabelKind, type LabelRule } from './tables/labels.ts';
import { wordsOf } from './words.ts';

/** An amount with what the words before it say it is. */
export interface LabelledAmount {
  readonly kind: LabelKind;
  readonly rule: LabelRule;
  readonly line: TextLine;
  readonly number: PrintedNumber;
  /** In thousandths, with its sign. */
  readonly amount: number;
  /** Words beside it that belong to no label: the more, the likelier the words are a product's name. */
  readonly strangers: number;
}

/**
 * Pairs every price with the words before it on its line. A label alone on its line takes the price of the next line, if
 * that has nothing but numbers.
 */
export function labelledAmounts({ lines, style }: ReceiptText): LabelledAmount[] {
  const found: LabelledAmount[] = [];
  for (const line of lines) {
    let from = 0;
    let previous: LabelRule | undefined;
    for (const number of line.prices) {
      const words = wordsOf(line.text.slice(from, number.start));
      const rule =
        words.length === 0 ? previous : (labelOf(words) ?? rateOf(line.text.slice(from, number.start), found));
      if (rule !== undefined) {
        found.push({ kind: rule.kind, rule, line, number, amount: thousandths(number), strangers: strangersIn(words) });
      }
      previous = rule;
      from = number.end;
    }
    if (line.prices.length > 0) continue;
    const rule = labelOf(line.words);
    const whole = rule !== undefined && SUMS.has(rule.kind) ? wholeAmount(line, style) : undefined;
    if (rule !== undefined && whole !== undefined) {
      found.push({
        kind: rule.kind,
        rule,
        line,
        number: whole,
        amount: thousandths(whole),
        strangers: strangersIn(line.words),
      });
      continue;
    }
    const next = rule === undefined ? undefined : numbersBeside(lines, line);
    const number = next?.prices[0];
    if (rule === undefined || next === undefined || number === undefined) continue;
    const strangers = strangersIn(line.words);
    found.push({ kind: rule.kind, rule, line: next, number, amount: thousandths(number), strangers });
  }
  return found;
}

/** "7.0% - Boston" below a subtotal is a tax, whatever it is called. */
function rateOf(text: string, above: readonly LabelledAmount[]): LabelRule | undefined {
  const isBelowSubtotal = above.at(-1)?.kind === 'subtotal' || above.at(-1)?.kind === 'tax';
  return isBelowSubtotal && /\d ?%/.test(text) ? TAX_RULE : undefined;
}

const TAX_RULE = LABEL_RULES.find(({ kind }) => kind === 'tax');

const SUMS: ReadonlySet<LabelKind> = new Set<LabelKind>(['total', 'subtotal', 'cash', 'card', 'change', 'tax']);

/** "TOTAL $25", "TOTAL 1,250": a sum printed without decimals, known by its currency or by its groups. */
function wholeAmount({ numbers }: TextLine, { priceDecimals }: NumberStyle): PrintedNumber | undefined {
  const last = numbers.at(-1);
  if (last === undefined || last.decimals !== 0 || last.value < 1) return undefined;
  return last.currency || last.grouped || (priceDecimals === 0 && last.value >= 10) ? last : undefined;
}

/** The line of nothing but numbers that belongs to a label alone on its line: the next one, unless the one before is nearer. */
function numbersBeside(lines: readonly TextLine[], line: TextLine): TextLine | undefined {
  const [before, after] = [lines[line.index - 1], lines[line.index + 1]];
  const next = after !== undefined && after.prices.length > 0 && isOnlyNumbers(after) ? after : undefined;
  if (before === undefined || before.prices.length !== 1 || !isOnlyNumbers(before)) return next;
  return next === undefined || distance(before, line) < distance(next, line) * NEARER ? before : next;
}

/** A price above its label is rare: it must lie this much nearer than the one below. */
const NEARER = 0.7;

function distance(a: TextLine, b: TextLine): number {
  const middle = ({ source: { region } }: TextLine): number => region.y + region.height / 2;
  return Math.abs(middle(a) - middle(b));
}

function isOnlyNumbers(line: TextLine): boolean {
  return line.words.every((word) => /^\d+$/.test(word) || CURRENCY_WORDS.has(word));
}
