import type { FoundItem } from './items/found-item.ts';
import type { LabelledAmount } from './labelled-amounts.ts';
import { thousandths } from './numbers.ts';
import type { ReceiptText, TextLine } from './receipt-text.ts';
import { POLICY_WORDS, REFUND_WORDS } from './tables/refunds.ts';
import type { FoundTotal } from './total.ts';
import { hasPhrase } from './words.ts';

/** Whether the total is money paid back, and what is in doubt about that. */
export interface FoundSign {
  readonly isMinus: boolean;
  readonly doubt: string | undefined;
}

/** Words of a title beside its refund word: "REFUND RECEIPT", "SALES RETURN SLIP". */
const MAX_OTHER_WORDS = 2;

/** Reads the sign of the total from its print, from the items and from words of refunds; where they disagree it is in doubt. */
export function signOf(
  receipt: ReceiptText,
  total: FoundTotal,
  labelled: readonly LabelledAmount[],
  items: readonly FoundItem[],
): FoundSign {
  if (total.amount === 0) return { isMinus: false, doubt: undefined };
  const named = labelled.filter(({ kind, amount }) => kind === 'total' && Math.abs(amount) === total.amount);
  const printed = named.map(({ number }) => number);
  const isMinusPrinted = printed.some(({ minus }) => minus);
  const isLoose = printed.every(({ minus, looseMinus }) => looseMinus || !minus);
  const sum = items.reduce((all, item) => all + item.price, 0);
  const isRefund = namesRefund(receipt.lines, total);
  const positive = items.length > 0 && sum > 0;
  const negative = items.length > 0 && sum < 0;
  if (isMinusPrinted && isLoose && !isRefund && !negative) {
    const doubt =
      sum === total.amount ? undefined : 'A dash stands before the total; whether it is a minus is not certain.';
    return { isMinus: false, doubt };
  }
  if (isMinusPrinted) {
    const doubt = positive ? 'The total is printed with a minus, the items add up to more than zero.' : undefined;
    return { isMinus: true, doubt };
  }
  if (isRefund) {
    return { isMinus: true, doubt: 'The receipt names a refund, but its total is printed without a minus.' };
  }
  if (negative) return { isMinus: true, doubt: 'The items add up to less than zero, but the total has no minus.' };
  return { isMinus: false, doubt: undefined };
}

/** A title that names a refund, or such a word beside the total itself; never a sentence about returning goods. */
function namesRefund(lines: readonly TextLine[], total: FoundTotal): boolean {
  return lines.some((line) => {
    if (!hasPhrase(line.words, REFUND_WORDS) || hasPhrase(line.words, POLICY_WORDS)) return false;
    if (line.prices.some((price) => Math.abs(thousandths(price)) === total.amount)) return true;
    // "Sold: 4 Returned: 0" counts.
    if (line.prices.length > 0 || /\b\d{1,2}\b/.test(line.text)) return false;
    return otherWords(line.words).length <= MAX_OTHER_WORDS;
  });
}

function otherWords(words: readonly string[]): string[] {
  return words.filter((word) => /\p{L}{2}/u.test(word) && !hasPhrase([word], REFUND_WORDS));
}
