import type { ReceiptText } from '../receipt-text.ts';
import { squeeze } from '../words.ts';
import { addName, type FoundItem, newItem, setQuantity } from './found-item.ts';
import { letterCount } from './names.ts';
import { applyLeadingCounts, applyMeasures, applyQuantityLines } from './quantities.ts';
import { itemRegion } from './region.ts';
import type { ItemRow } from './rows.ts';

/** The items and the line they end before. */
export interface ItemBlock {
  readonly items: readonly FoundItem[];
  readonly endLine: number;
}

type Priced = Extract<ItemRow, { kind: 'priced' }>;
type Text = Extract<ItemRow, { kind: 'text' }>;

/** Where the name of a row stands that has only numbers. */
type NamePlace = 'above' | 'below';

/** Reads the items between the head of the table (or the first price) and the first sum. */
export function readItems({ lines, style }: ReceiptText): ItemBlock {
  const region = itemRegion(lines, style);
  const rows = withoutUnitColumn(region.rows);
  const items = assemble(rows, namePlace(rows, region.hasHead));
  applyQuantityLines(rows, items);
  applyLeadingCounts(rows, items);
  applyMeasures(rows, items);
  return { items, endLine: region.endLine };
}

/** Where the same word stands in every priced row it is a unit of sale, not a name. */
function withoutUnitColumn(rows: readonly ItemRow[]): ItemRow[] {
  const named = rows.filter((row): row is Priced => row.kind === 'priced' && row.name !== '');
  const first = named[0]?.name;
  const texts = rows.filter((row) => row.kind === 'text').length;
  const isColumn = named.length >= 2 && texts >= named.length && named.every((row) => row.name === first);
  return rows.map((row) => (isColumn && row.kind === 'priced' ? { ...row, name: '' } : row));
}

/** Under a head the first row tells; without one, text after the last row of numbers can only be its name. */
function namePlace(rows: readonly ItemRow[], hasHead: boolean): NamePlace {
  const nameless = rows.findIndex((row) => row.kind === 'priced' && row.name === '');
  if (hasHead && nameless === 0) return 'below';
  if (hasHead && nameless > 0 && rows[nameless - 1]?.kind === 'text') return 'above';
  const last = rows.findLastIndex((row) => row.kind === 'priced');
  const row = rows[last];
  if (row?.kind !== 'priced' || row.name !== '') return 'above';
  return rows.slice(last + 1).some((other) => other.kind === 'text' && !other.weak) ? 'below' : 'above';
}

function assemble(rows: readonly ItemRow[], place: NamePlace): FoundItem[] {
  const items: FoundItem[] = [];
  let pending: Text[] = [];
  let namesTaken = 0;
  rows.forEach((row, at) => {
    if (row.kind === 'text') {
      const current = items.at(-1);
      if (current !== undefined && place === 'below' && current.rule === BELOW && namesTaken < 2) {
        if (!row.weak || namesTaken === 0) addName(current, row.name, row.line);
        namesTaken++;
      } else if (current !== undefined && current.line.index === row.line.index - 1 && goesOn(row, rows[at + 1])) {
        if (!squeeze(current.name).includes(squeeze(row.name))) addName(current, row.name, current.nameLine);
      } else pending.push(row);
      return;
    }
    if (row.kind !== 'priced' && row.kind !== 'discount') return;
    if (row.price === 0 && (row.kind === 'discount' || letterCount(row.name) < MIN_FREE_NAME)) return;
    if (row.kind === 'discount') {
      items.push(newItem(row.name, row.price, row, 'item: discount'));
      return;
    }
    items.push(pricedItem(row, rows[at - 1], items, pending, place));
    pending = [];
    namesTaken = 0;
  });
  return items.filter((item) => item.name !== '' || item.quantity !== undefined);
}

/** What costs nothing is printed with a name, or it is a number of the till. */
const MIN_FREE_NAME = 3;

const BELOW = 'item: name below price';

function pricedItem(
  row: Priced,
  previous: ItemRow | undefined,
  items: FoundItem[],
  pending: readonly Text[],
  place: NamePlace,
): FoundItem {
  const isVoid = [row, ...pending].some(({ line }) => /\b(?:void|storno|stornierung)\b/i.test(line.text));
  const item = newItem(row.name, isVoid ? -Math.abs(row.price) : row.price, row, 'item: name and price on one line');
  if (row.quantity !== undefined) setQuantity(item, row.quantity);
  if (row.name !== '') return item;
  if (
    previous?.kind === 'priced' &&
    previous.name !== '' &&
    row.quantity?.unitPrice === Math.abs(previous.price) / 1_000
  ) {
    // "SUSHI 2.80" above "2.80 2 5.60": the first price belongs to the name's line.
    items.pop();
    item.name = previous.name;
    item.nameLine = previous.line;
    return item;
  }
  if (place === 'below') {
    item.rule = BELOW;
    return item;
  }
  item.rule = 'item: name above price';
  const names = pending.filter(({ weak }) => !weak);
  for (const text of names.length === 0 ? pending.slice(-1) : names.slice(-2))
    addName(item, text.name.replace(/^\d{1,2} ?[x×*]? (?=\p{L})/u, ''), text.line);
  return item;
}

/** A line that can only be the rest of the one above: in brackets or in small letters, and no name of the next row. */
function goesOn(row: Text, next: ItemRow | undefined): boolean {
  if (row.weak || !/^[(\p{Ll}]/u.test(row.name) || row.name.length > 24 || row.name.includes(':')) return false;
  return next?.kind !== 'priced' || next.name !== '';
}
