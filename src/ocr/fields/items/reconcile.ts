import type { TextLine } from '../receipt-text.ts';
import { wordsOf } from '../words.ts';
import { type FoundItem, newItem } from './found-item.ts';
import { cleanName, letterCount } from './names.ts';

/** Lines that lower the sum, also where their minus was not read. */
const LOWERS_THE_SUM =
  /leergut|pfandr|ruckgabe|retour|rabatt|nachlass|gutschein|coupon|discount|voucher|storno|minus|giam gia|gratuit|gratis/;

/**
 * Mends items that miss the total by exactly one of them: a minus that was not read counts double, a line that is no item
 * counts once, a price of which some digits were read takes the rest from the sum. Anything less clear is left for a person.
 */
export function reconcile(
  items: readonly FoundItem[],
  lines: readonly TextLine[],
  total: number,
): readonly FoundItem[] {
  const excess = items.reduce((sum, item) => sum + item.price, 0) - total;
  if (excess < 0) return withDamagedPrice(items, lines, -excess);
  if (excess === 0) return items;
  const flipped = items.find((item) => item.price * 2 === excess && lowersTheSum(item));
  if (flipped !== undefined) {
    return items.map((item) =>
      item === flipped ? { ...item, price: -item.price, rule: 'item: minus found by the sum' } : item,
    );
  }
  const surplus = items.filter((item) => item.price === excess);
  if (surplus.length !== 1 || items.length === 1) return items;
  return items.filter((item) => item !== surplus[0]);
}

/** "3, 0 E": a mark with digits lost behind it, at the end of a line among the items. */
const DAMAGED_PRICE = /(\d{1,4})[.,]\s?(\d?)\s?(\d?)\s*\D{0,4}$/;

function withDamagedPrice(
  items: readonly FoundItem[],
  lines: readonly TextLine[],
  missing: number,
): readonly FoundItem[] {
  const taken = new Set(items.flatMap((item) => [item.line.index, item.nameLine.index]));
  const first = Math.min(...items.map((item) => item.line.index)) - 1;
  const last = Math.max(...items.map((item) => item.line.index)) + 1;
  const damaged = lines.slice(Math.max(0, first), last + 1).flatMap((line) => {
    const match = DAMAGED_PRICE.exec(line.text);
    if (match === null || taken.has(line.index) || line.prices.length > 0) return [];
    const name = cleanName(line.text.slice(0, match.index));
    return letterCount(name) >= 3 && Number(match[1]) === Math.floor(missing / 1_000)
      ? [{ line, name, at: match.index }]
      : [];
  });
  const [only] = damaged;
  if (only === undefined || damaged.length > 1) return items;
  const item = newItem(
    only.name,
    missing,
    { line: only.line, priceAt: only.at },
    'item: damaged price completed by the sum',
  );
  return [...items, item].sort((a, b) => a.line.index - b.line.index);
}

function lowersTheSum(item: FoundItem): boolean {
  return LOWERS_THE_SUM.test(wordsOf(item.name).join(' '));
}
