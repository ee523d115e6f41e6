import { z } from 'zod';
import { invalidArgument } from '../../src/contract/check-input.ts';
import { cleanLine, quoted } from '../../src/contract/clean-text.ts';
import { MONEY } from '../../src/contract/money-policy.ts';
import type { FoundReceipt } from '../../src/contract/operations/find-receipts.ts';
import type { InputOf, OutputOf } from '../../src/contract/queue-api.ts';
import { receiptFilter } from '../../src/contract/receipt-filter.ts';
import { isCurrencyCode, saySums, sumFacts } from '../../src/words/money-for-models.ts';
import { type Answer, asManyAsFit, bytesOf } from '../answer.ts';
import { type Asked, tool } from '../tool.ts';
import { DEFAULT_ROWS, nextCursor, rowLimit } from './fields.ts';

const input = z.strictObject({
  merchant: receiptFilter.merchant.describe('Any spelling.'),
  item: receiptFilter.item.describe('Word on the receipt.'),
  from: receiptFilter.from.describe('First day, YYYY-MM-DD.'),
  to: receiptFilter.to.describe('Last day, YYYY-MM-DD.'),
  needs_review: receiptFilter.needs_review.describe('Only doubtful ones.'),
  sum_by: z.enum(['merchant', 'month', 'item']).describe('Groups instead of a list.').optional(),
  limit: rowLimit.optional(),
  cursor: nextCursor.optional(),
});
type Args = z.infer<typeof input>;
type Filter = InputOf<'summarizeReceipts'>;
type Summary = OutputOf<'summarizeReceipts'>;

export const findReceipts = tool({
  name: 'find_receipts',
  title: 'Find receipts and sums',
  description:
    'Receipts and what was spent, by shop, item, day or doubt. Sums are exact, per currency, doubtful ones apart.',
  input,
  effect: 'read',
  repeat: 'safe',
  answer: async (args, asked) => (args.sum_by === undefined ? listed(args, asked) : grouped(args, asked)),
});

/** Of a shop or an item: a longer name would leave no room for other rows. */
const MAX_NAME_CHARS = 40;
const MAX_NAME_BYTES = 160;

function shortName(name: string): string {
  const line = cleanLine(name, MAX_NAME_CHARS);
  return bytesOf(line) <= MAX_NAME_BYTES ? line : cleanLine(name, MAX_NAME_CHARS / 4);
}

/** A filter that the next call repeats; of a longer one the answer gives the cursor alone. */
const MAX_REPEATED_BYTES = 200;

/** As long as any cursor of the list is: how many rows fit is known before the cursor behind them. */
const SOME_CURSOR = 'c'.repeat(96);

/** A list. With a word its sums are of the lines on which it stands: that is what was spent on it. */
async function listed(args: Args, { queue, context }: Asked): Promise<Answer> {
  const { sum_by: _, limit = DEFAULT_ROWS, cursor, ...filter } = args;
  const search = (most: number) =>
    queue.findReceipts({ ...filter, limit: most, cursor } as InputOf<'findReceipts'>, context);
  const sumBy = filter.item === undefined ? {} : { sum_by: 'item' };
  const [summary, found] = await Promise.all([
    queue.summarizeReceipts({ ...filter, ...sumBy } as Filter, context),
    search(limit),
  ]);
  const answerOf = (receipts: readonly FoundReceipt[], next: string | null) =>
    answer(summary, args, { receipts: receipts.map(rowOf) }, next);
  const fitting = asManyAsFit(found.receipts, (rows) =>
    answerOf(rows, rows.length < found.receipts.length ? SOME_CURSOR : found.next_cursor),
  );
  // Where not all fit, the cursor must be that of the last one shown.
  const page = fitting < found.receipts.length ? await search(Math.max(1, fitting)) : found;
  return answerOf(page.receipts, page.next_cursor);
}

const rowOf = (row: FoundReceipt) => ({
  receipt_id: row.receipt_id,
  day: row.purchase_date,
  merchant: row.merchant && shortName(row.merchant),
  total: row.total_amount,
  currency: row.currency,
  needs_review: row.needs_review ? true : null,
  doubts: [...new Set(row.review_reasons.map(({ code }) => code))],
});

/** Groups: all of them are summed at once, so a page is a part of one answer, from a place in it. */
async function grouped(args: Args, { queue, context }: Asked): Promise<Answer> {
  const { sum_by, limit = DEFAULT_ROWS, cursor, ...filter } = args;
  const from = placeIn(cursor);
  const summary = await queue.summarizeReceipts({ ...filter, sum_by, limit: MONEY.groups } as Filter, context);
  const groups = summary.groups.map(({ group, ...sums }) => ({
    [sum_by ?? 'group']: group && shortName(group),
    ...sumFacts(sums),
  }));
  const answerOf = (rows: readonly object[]) => {
    const to = from + rows.length;
    return answer(summary, args, { groups: rows }, to < groups.length ? `${GROUPS}${to}` : null);
  };
  const page = groups.slice(from, from + limit);
  return answerOf(page.slice(0, Math.max(1, asManyAsFit(page, answerOf))));
}

const GROUPS = 'groups-';

function placeIn(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const place = new RegExp(`^${GROUPS}([1-9]\\d?)$`).exec(cursor)?.[1];
  if (place !== undefined) return Number(place);
  throw invalidArgument('cursor', 'foreign', `These groups have not given cursor ${quoted(cursor)}: leave cursor out.`);
}

/** What a list and groups have in common: the sums of all that was found, and the call for what follows. */
function answer(summary: Summary, args: Args, rows: object, next: string | null): Answer {
  const { totals, similar_merchants, groups_left_out } = summary;
  const isGrouped = args.sum_by !== undefined;
  const repeats = bytesOf({ ...args, cursor: '' }) <= MAX_REPEATED_BYTES;
  const said = [
    saySums(summary, args),
    isGrouped && groups_left_out > 0 && `${groups_left_out} groups are in no page: give a shorter time.`,
    next !== null && !repeats && 'More follow with next_cursor and the same filter.',
  ];
  return {
    summary: said.filter((sentence) => sentence !== false).join(' '),
    next:
      next !== null && repeats
        ? { tool: 'find_receipts', arguments: { ...args, cursor: next } }
        : doubtfulOnes(summary, args),
    next_cursor: repeats ? null : next,
    count: summary.receipts,
    sums: totals.filter(({ currency }) => isCurrencyCode(currency)).map(sumFacts),
    from_receipt_untrusted: {
      ...rows,
      similar_merchants: similar_merchants.map(({ merchant, receipts }) => ({
        merchant: shortName(merchant),
        receipts,
      })),
      other_currencies: totals.filter(({ currency }) => !isCurrencyCode(currency)).map(sumFacts),
    },
  };
}

/** Groups do not tell which receipts are doubtful: the list of the same filter does. */
function doubtfulOnes({ totals }: Summary, { sum_by, limit: _, cursor: __, ...filter }: Args): Answer['next'] {
  const isDoubtful = totals.some(({ doubtful }) => doubtful.receipts > 0);
  const isUseful = sum_by !== undefined && filter.needs_review === undefined && isDoubtful;
  if (!isUseful || bytesOf(filter) > MAX_REPEATED_BYTES) return undefined;
  return { tool: 'find_receipts', arguments: { ...filter, needs_review: true } };
}
