import type { FoundItem } from './items/found-item.ts';
import type { LabelledAmount } from './labelled-amounts.ts';
import { labelOf, strangersIn } from './labels.ts';
import { type PrintedNumber, thousandths } from './numbers.ts';
import type { ReceiptText, TextLine } from './receipt-text.ts';
import { sumsOfParts, unnamedSums } from './sums.ts';
import type { LabelKind } from './tables/labels.ts';
import { isSumOfTaxes, taxSums, taxTableStart } from './tax-table.ts';

/** The sum to pay, with everything that speaks for it. */
export interface FoundTotal {
  /** In thousandths, never negative: see `sign.ts`. */
  readonly amount: number;
  readonly line: TextLine;
  /** Where on the line it stands. */
  readonly at: number;
  /** The rule with the most weight. */
  readonly rule: string;
  readonly score: number;
  /** How far the next best candidate lies behind. */
  readonly lead: number;
  /** Checks that agree, by name. */
  readonly agreements: readonly string[];
  /** The next best candidate, where a line names it as a total as well. */
  readonly rival: number | undefined;
  /** A line names it as a total. */
  readonly named: boolean;
  /** The number as printed, unless it was put together from others. */
  readonly printed: PrintedNumber | undefined;
}

interface Candidate {
  readonly amount: number;
  line: TextLine;
  at: number;
  /** Whether `line` names the amount as a total. */
  named: boolean;
  readonly votes: Map<string, number>;
}

/** Weights of what speaks for a sum. Agreement of independent numbers counts for more than a word. */
const WEIGHTS = {
  label: 2,
  cashMinusChange: 2.5,
  items: 2,
  taxTable: 1.5,
  above: 1.5,
  parts: 1.25,
  rounding: 1.5,
  card: 1.25,
  cash: 0.75,
  repeated: 0.3,
} as const;

/** What is left of a label's weight where its amount is zero or negative and another total is not. */
const LESSER = 0.15;

/** What is left of the weight of a sum to which charges are added on the lines below it. */
const SUPERSEDED = 0.3;

/** Roundings in thousandths: coins of five or ten sen, notes of a thousand dong. */
const MAX_ROUNDING = { decimals: 500, noDecimals: 1_000_000 } as const;

/** Chooses the total by agreement: its label, cash less change, the card slip, the tax table, the items, repetition. */
export function findTotal(
  receipt: ReceiptText,
  labelled: readonly LabelledAmount[],
  items: readonly FoundItem[],
): FoundTotal | undefined {
  const candidates = new Map<number, Candidate>();
  const of = (kind: LabelKind): LabelledAmount[] => labelled.filter((found) => found.kind === kind);
  const taxTable = taxTableStart(receipt.lines);

  const totals = of('total').filter(({ line }) => !isSumOfTaxes(line));
  // "Balance due 0.00" after the payments, or a negative line beside a sum to pay, is not the total.
  const isPositive = totals.some(({ amount }) => amount > 0);
  for (const found of totals) {
    const late = taxTable !== undefined && found.line.index > taxTable ? 0.4 : 1;
    const lesser = isPositive && found.amount <= 0 ? LESSER : 1;
    const weight = (WEIGHTS.label * found.rule.strength * late * lesser) / (1 + 0.5 * Math.max(0, found.strangers - 1));
    vote(Math.abs(found.amount), found.line, found.number.start, `total: "${found.rule.name}"`, weight, true);
  }
  for (const { amount, line } of unreadTotals(receipt))
    vote(amount, line, 0, 'total: digits beside its label', WEIGHTS.label * 0.6, true);

  // "Rounding RM 13.60" names the rounded sum, "Rounding 0.02" what was added to it.
  const largest = receipt.style.priceDecimals === 0 ? MAX_ROUNDING.noDecimals : MAX_ROUNDING.decimals;
  const roundings = of('rounding').filter(({ amount }) => amount !== 0 && Math.abs(amount) <= largest);
  for (const { amount, line, number, rule } of of('rounding')) {
    if (amount > largest) vote(amount, line, number.start, `total: "${rule.name}"`, WEIGHTS.label * 0.8, true);
  }

  const changes = of('change').map(({ amount }) => Math.abs(amount));
  for (const paid of of('cash')) {
    const cash = Math.abs(paid.amount);
    if (changes.length === 0 && cash > 0) vote(cash, paid.line, paid.number.start, 'total: cash', WEIGHTS.cash);
    for (const change of changes) {
      if (cash - change > 0)
        vote(cash - change, paid.line, paid.number.start, 'total: cash less change', WEIGHTS.cashMinusChange);
    }
  }
  for (const { amount, line, number } of of('card')) {
    if (amount !== 0) vote(Math.abs(amount), line, number.start, 'total: paid by card', WEIGHTS.card);
  }
  for (const { amount, line, at } of taxSums(receipt)) vote(amount, line, at, 'total: tax table', WEIGHTS.taxTable);
  const sum = Math.abs(items.reduce((total, item) => total + item.price, 0));
  const reached = unnamedSums(receipt, labelled, items);
  for (const { amount, line, at } of reached)
    vote(amount, line, at, 'total: sum of what stands above it', WEIGHTS.above);
  for (const amount of sumsOfParts(of('subtotal'), of('tax'), of('service'), of('discount'), of('rounding'))) {
    support(Math.abs(amount), 'total: subtotal and charges', WEIGHTS.parts);
  }
  if (items.length > 0) support(sum, 'total: sum of the items', WEIGHTS.items);
  for (const rounding of new Set(roundings.map(({ amount }) => amount))) {
    for (const { amount } of [...candidates.values()]) {
      if (!candidates.has(amount - rounding)) continue;
      support(amount, 'total: rounded', WEIGHTS.rounding);
      if (items.length > 0 && amount - rounding === sum) support(amount, 'total: sum of the items', WEIGHTS.items);
    }
  }
  const superseded = new Set(reached.map(({ supersedes }) => supersedes));
  for (const candidate of candidates.values()) {
    if (superseded.has(candidate.amount) && !reached.some(({ amount }) => amount === candidate.amount)) {
      for (const [name, weight] of candidate.votes) candidate.votes.set(name, weight * SUPERSEDED);
    }
    const times = receipt.lines.filter((line) =>
      line.prices.some((price) => Math.abs(thousandths(price)) === candidate.amount),
    ).length;
    if (times === 0) for (const [name, weight] of candidate.votes) candidate.votes.set(name, weight / 2);
    if (times > 1 && candidate.amount !== 0)
      candidate.votes.set('total: printed again', WEIGHTS.repeated * Math.min(4, times - 1));
  }
  const ranked = [...candidates.values()]
    .map((candidate) => ({
      candidate,
      score: [...candidate.votes.values()].reduce((total, weight) => total + weight, 0),
    }))
    .sort((a, b) => b.score - a.score);
  const [first, second] = ranked;
  if (first === undefined) return undefined;
  const votes = [...first.candidate.votes].sort((a, b) => b[1] - a[1]);
  return {
    amount: first.candidate.amount,
    line: first.candidate.line,
    at: first.candidate.at,
    rule: votes.find(([name]) => name.includes('"'))?.[0] ?? votes[0]?.[0] ?? 'total',
    score: first.score,
    lead: first.score - (second?.score ?? 0),
    agreements: votes.map(([name]) => name),
    rival: second?.candidate.named === true ? second.candidate.amount : undefined,
    named: first.candidate.named,
    printed: first.candidate.line.numbers.find(({ start }) => start === first.candidate.at),
  };

  function vote(amount: number, line: TextLine, at: number, rule: string, weight: number, named = false): void {
    const candidate = candidates.get(amount) ?? { amount, line, at, named, votes: new Map<string, number>() };
    if (named && !candidate.named) Object.assign(candidate, { line, at, named });
    candidate.votes.set(rule, Math.max(candidate.votes.get(rule) ?? 0, weight));
    candidates.set(amount, candidate);
  }

  function support(amount: number, rule: string, weight: number): void {
    const candidate = candidates.get(amount);
    if (candidate !== undefined) candidate.votes.set(rule, weight);
  }
}

/** A total whose mark was not read ("TOTAL 7100", "TOTAL 7-00"): believed only where the same digits are a price elsewhere. */
function unreadTotals({ lines, style }: ReceiptText): { amount: number; line: TextLine }[] {
  const known = new Set(lines.flatMap((line) => line.prices.map((price) => Math.round(price.value * 1_000))));
  return lines.flatMap((line) => {
    if (line.prices.length > 0) return [];
    const rule = labelOf(line.words.filter((word) => !/\d/.test(word)));
    if (rule?.kind !== 'total' || strangersIn(line.words) > 1) return [];
    const amount = Number(line.text.replace(/\D/g, '')) * 10 ** (3 - style.priceDecimals);
    if (known.has(amount)) return [{ amount, line }];
    // "Total $16" with its decimals torn off, where one sum of 16 and some is printed.
    const whole = [...known].filter(
      (sum) => sum % 1_000 !== 0 && Math.floor(sum / 1_000) * 1_000 === amount * 10 ** style.priceDecimals,
    );
    return whole.length === 1 ? whole.map((sum) => ({ amount: sum, line })) : [];
  });
}
