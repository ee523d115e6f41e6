import { LIMITS } from '../contract/policies.ts';
import type { Key } from '../ledger/keyset.ts';
import type { Cursors } from './cursors.ts';

export interface Listing<Row, View> {
  /** Everything that chooses the rows: the operation, whose they are, the filter. */
  readonly list: readonly unknown[];
  /** At most so many rows after that place, in order. */
  read(page: { readonly after: Key | undefined; readonly limit: number }): Promise<readonly Row[]>;
  /** A row as the answer shows it. */
  view(row: Row): View;
  /** Where a row stands in the order. */
  keyOf(row: Row): Key;
}

export interface ListPage<View> {
  readonly rows: View[];
  readonly next_cursor: string | null;
}

/**
 * One page of any list: as many rows as were asked for, or fewer where an answer would grow too large; at least one, so
 * that paging goes on.
 * @param asked `after` in place of a cursor, for a list that can begin at a place of the caller's own
 * @throws AppError invalid_argument for a cursor that is not of this list
 */
export async function listPage<Row, View>(
  cursors: Cursors,
  asked: {
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
    readonly after?: Key | undefined;
  },
  { list, read, view, keyOf }: Listing<Row, View>,
): Promise<ListPage<View>> {
  const { limit = LIMITS.listRowsByDefault } = asked;
  const after = asked.cursor === undefined ? asked.after : cursors.open(list, asked.cursor);
  // One more than is shown tells whether there is a next page.
  const found = await read({ after, limit: limit + 1 });
  const shown: View[] = [];
  let bytes = 0;
  for (const row of found.slice(0, limit)) {
    const next = view(row);
    bytes += Buffer.byteLength(JSON.stringify(next));
    if (shown.length > 0 && bytes > LIMITS.answerBytes) break;
    shown.push(next);
  }
  const last = found[shown.length - 1];
  const isLast = last === undefined || shown.length === found.length;
  return { rows: shown, next_cursor: isLast ? null : cursors.seal(list, keyOf(last)) };
}
