import type { FoundItem } from './items/found-item.ts';
import type { LabelledAmount } from './labelled-amounts.ts';
import { labelOf, strangersIn } from './labels.ts';
import { moneyText, thousandths } from './numbers.ts';
import type { ReceiptText, TextLine } from './receipt-text.ts';
import type { FoundTotal } from './total.ts';

/** Agreements that each come from numbers of their own. */
const INDEPENDENT: ReadonlySet<string> = new Set([
  'total: cash less change',
  'total: sum of the items',
  'total: tax table',
  'total: subtotal and charges',
  'total: rounded',
  'total: paid by card',
]);

/** A second total this near in score may be the right one. */
const CLOSE_LEAD = 0.75;

/** The contract takes no more items than this. */
export const MAX_ITEMS = 1_000;

/** What is in doubt about the amounts as they are printed, in words for the person who looks. */
export function amountDoubts(
  { lines, style }: ReceiptText,
  total: FoundTotal | undefined,
  items: readonly FoundItem[],
  unread: number,
  itemsAddUp: boolean,
): string[] {
  const doubts: string[] = [];
  const proofs = total === undefined ? 0 : total.agreements.filter((name) => INDEPENDENT.has(name)).length;
  if (unread > 0) doubts.push(`${unread} pieces of print were left unread: the page holds too many.`);
  if (items.length > MAX_ITEMS) doubts.push(`${items.length} items were found; the first ${MAX_ITEMS} are given.`);
  if (total?.printed?.decimals === 0 && style.priceDecimals > 0 && proofs === 0) {
    doubts.push('The total is printed without decimals, the prices with them.');
  }
  if (total?.printed?.partial === true)
    doubts.push('Digits beside the total were not understood; it may be a larger amount.');
  const parts = items.filter(({ line, priceAt }) => line.numbers.some((n) => n.partial && n.start === priceAt));
  for (const item of parts.slice(0, 3)) {
    doubts.push(
      `Digits beside ${moneyText(item.price, style.priceDecimals)} were not understood; it may be a larger amount.`,
    );
  }
  if (total !== undefined && total.rival !== undefined && total.lead < CLOSE_LEAD) {
    const [a, b] = [total.amount, total.rival].map((amount) => moneyText(amount, style.priceDecimals));
    doubts.push(`Two totals are printed, ${a} and ${b}.`);
  }
  if (total !== undefined && proofs < 2) {
    if (!total.named && !(itemsAddUp && isLastSum(lines, items, total.amount)))
      doubts.push('No line names the total; it was taken from other amounts.');
    else if (lines.some((line) => isUnreadTotal(line, lines[line.index + 1]))) {
      doubts.push('A line that names a total has an amount that was not understood.');
    }
  }
  return doubts;
}

/** A later total that is this one with a tip: which of them was paid is not certain. */
export function tipDoubt(
  { style }: ReceiptText,
  total: FoundTotal | undefined,
  labelled: readonly LabelledAmount[],
): string | undefined {
  if (total === undefined) return undefined;
  const isTip = (amount: number) => labelled.some((other) => other.kind === 'service' && other.amount === amount);
  const later = labelled.find(
    ({ kind, amount, line }) =>
      kind === 'total' && amount > total.amount && line.index > total.line.index && isTip(amount - total.amount),
  );
  if (later === undefined) return undefined;
  const [before, after] = [total.amount, later.amount].map((amount) => moneyText(amount, style.priceDecimals));
  return `Two totals are printed, ${before} and, with what was added to it, ${after}.`;
}

/** Fewer items may add up to another amount by chance. */
const MIN_PROVING_ITEMS = 3;

/** Many items that add up to a printed amount prove it without a label, unless a larger one is printed. */
function isLastSum(lines: readonly TextLine[], items: readonly FoundItem[], total: number): boolean {
  if (items.filter(({ price }) => price !== 0).length < MIN_PROVING_ITEMS) return false;
  const printed = lines.flatMap((line) => line.prices.map(thousandths));
  return printed.includes(total) && printed.every((price) => price <= total);
}

/** A label of a total with digits that made no price, and none on the line below. */
function isUnreadTotal(line: TextLine, below: TextLine | undefined): boolean {
  if (line.prices.length > 0 || (line.text.match(/\d/g)?.length ?? 0) < 3) return false;
  if (labelOf(line.words)?.kind !== 'total' || strangersIn(line.words) > 1) return false;
  return below === undefined || below.prices.length === 0;
}
