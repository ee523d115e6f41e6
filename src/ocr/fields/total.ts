import type { FoundItem } from './items/found-item.ts';
import type { LabelledAmount } from './labels.ts';
import { labelOf, strangersIn } from './labels.ts';
import { hundredths } from './numbers.ts';
import type { ReceiptText, TextLine } from './receipt-text.ts';
import type { LabelKind } from './tables/labels.ts';

/** The sum to pay, with everything that speaks for it. */
export interface FoundTotal {
  /** In hundredths. */
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
  parts: 1.25,
  rounding: 1.5,
  card: 1.25,
  cash: 0.75,
  repeated: 0.3,
} as const;

/** Roundings in hundredths: coins of five or ten sen, notes of a thousand dong. */
const MAX_ROUNDING = { decimals: 50, noDecimals: 100_000 } as const;

/** Chooses the total by agreement: its label, cash less change, the card slip, the tax table, the items, repetition. */
export function findTotal(
  receipt: ReceiptText,
  labelled: readonly LabelledAmount[],
  items: readonly FoundItem[],
): FoundTotal | undefined {
  const candidates = new Map<number, Candidate>();
  const of = (kind: LabelKind): LabelledAmount[] => labelled.filter((found) => found.kind === kind);
  const taxTable = taxTableStart(receipt.lines);

  for (const found of of('total')) {
    if (found.amount <= 0 || isSumOfTaxes(found.line)) continue;
    const late = taxTable !== undefined && found.line.index > taxTable ? 0.4 : 1;
    const weight = (WEIGHTS.label * found.rule.strength * late) / (1 + 0.5 * Math.max(0, found.strangers - 1));
    vote(found.amount, found.line, found.number.start, `total: "${found.rule.name}"`, weight, true);
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
  for (const amount of sumsOfParts(of('subtotal'), of('tax'), of('service'), of('discount'), of('rounding'))) {
    support(amount, 'total: subtotal and charges', WEIGHTS.parts);
  }
  const sum = items.reduce((total, item) => total + item.price, 0);
  if (items.length > 0) support(sum, 'total: sum of the items', WEIGHTS.items);
  for (const rounding of new Set(roundings.map(({ amount }) => amount))) {
    for (const { amount } of [...candidates.values()]) {
      if (!candidates.has(amount - rounding)) continue;
      support(amount, 'total: rounded', WEIGHTS.rounding);
      if (items.length > 0 && amount - rounding === sum) support(amount, 'total: sum of the items', WEIGHTS.items);
    }
  }
  for (const candidate of candidates.values()) {
    const times = receipt.lines.filter((line) =>
      line.prices.some((price) => Math.abs(hundredths(price)) === candidate.amount),
    ).length;
    if (times === 0) for (const [name, weight] of candidate.votes) candidate.votes.set(name, weight / 2);
    if (times > 1) candidate.votes.set('total: printed again', WEIGHTS.repeated * Math.min(4, times - 1));
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

/** Where the table of tax rates begins: "Total" in it is a sum of its columns. */
function taxTableStart(lines: readonly TextLine[]): number | undefined {
  const start = lines.findIndex(
    (line) =>
      line.prices.length === 0 &&
      (/\b(?:gst|tax|sst|vat) ?(?:summ|analysis|code|rate)/i.test(line.text) ||
        (/netto|mwst|must/i.test(line.text) && /brutto|umsatz|netto|total/i.test(line.text) && line.words.length >= 3)),
  );
  return start === -1 ? undefined : start;
}

/** "Summe 1,91 17,67 19,58": net, tax and gross in one line are sums of the tax table. */
function isSumOfTaxes(line: TextLine): boolean {
  return triple(line) !== undefined;
}

function triple(line: TextLine): { gross: number; tax: number; at: number } | undefined {
  if (line.prices.length < 3) return undefined;
  const sorted = [...line.prices].sort((a, b) => b.value - a.value);
  const [gross, net, tax] = sorted.map((price) => Math.round(price.value * 100));
  if (gross === undefined || net === undefined || tax === undefined || Math.abs(gross - net - tax) > 1)
    return undefined;
  return tax <= gross * 0.35 ? { gross, tax, at: sorted[0]?.start ?? 0 } : undefined;
}

/** Gross sums the tax table adds up to: each row, and all rows of the table together. */
function taxSums({ lines }: ReceiptText): { amount: number; line: TextLine; at: number }[] {
  const rows = lines.flatMap((line) => {
    const found = triple(line);
    return found === undefined ? [] : [{ amount: found.gross, line, at: found.at }];
  });
  const last = rows.at(-1);
  if (rows.length <= 1 || last === undefined) return rows;
  return [...rows, { ...last, amount: rows.reduce((sum, row) => sum + row.amount, 0) }];
}

/** Taxes by the same rows, for the tax field. */
export function taxRows({ lines }: ReceiptText): { gross: number; tax: number; line: TextLine }[] {
  return lines.flatMap((line) => {
    const found = triple(line);
    return found === undefined ? [] : [{ gross: found.gross, tax: found.tax, line }];
  });
}

function sumsOfParts(
  subtotals: readonly LabelledAmount[],
  taxes: readonly LabelledAmount[],
  services: readonly LabelledAmount[],
  discounts: readonly LabelledAmount[],
  roundings: readonly LabelledAmount[],
): Set<number> {
  const sums = new Set<number>();
  const withNone = (found: readonly LabelledAmount[]): number[] => [0, ...found.map(({ amount }) => amount)];
  for (const { amount } of subtotals) {
    for (const tax of withNone(taxes)) {
      for (const service of withNone(services)) {
        for (const discount of withNone(discounts)) {
          for (const rounding of withNone(roundings)) sums.add(amount + tax + service - Math.abs(discount) + rounding);
        }
      }
    }
  }
  return sums;
}

/** A total whose mark was not read ("TOTAL 7100", "TOTAL 7-00"): believed only where the same digits are a price elsewhere. */
function unreadTotals({ lines }: ReceiptText): { amount: number; line: TextLine }[] {
  const known = new Set(lines.flatMap((line) => line.prices.map((price) => Math.round(price.value * 100))));
  return lines.flatMap((line) => {
    if (line.prices.length > 0) return [];
    const rule = labelOf(line.words.filter((word) => !/\d/.test(word)));
    if (rule?.kind !== 'total' || strangersIn(line.words) > 1) return [];
    const amount = Number(line.text.replace(/\D/g, ''));
    return known.has(amount) ? [{ amount, line }] : [];
  });
}
