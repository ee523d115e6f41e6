import { LIMITS } from '../contract/policies.ts';
import type { Key } from '../ledger/keyset.ts';
import type { Cursors } from './cursors.ts';

export interface Listing<Row, View> {
  /** Everything that chooses the rows: the operation, whose they are, the filter. */
  readonly list: readonly unknown[];
  /** At most so many rows after that place, in order; a search may have to end before it has found so many. */
  read(page: { readonly after: Key | undefined; readonly limit: number }): Promise<readonly Row[] | Searched<Row>>;
  /** A row as the answer shows it. */
  view(row: Row): View;
  /** Where a row stands in the order. */
  keyOf(row: Row): Key;
}

/** What was found up to the place where a search ended. */
export interface Searched<Row> {
  readonly rows: readonly Row[];
  /** Absent: there is nothing behind the rows. */
  readonly searchedTo?: Key;
}

export interface ListPage<View> {
  readonly rows: View[];
  readonly next_cursor: string | null;
}

/**
 * One page of any list: as many rows as were asked for, or fewer where an answer would grow too large (at least one, so
 * that paging goes on) or a search had to look at too many.
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
  const answer = await read({ after, limit: limit + 1 });
  const { rows: found, searchedTo }: Searched<Row> = 'rows' in answer ? answer : { rows: answer };
  const shown: View[] = [];
  let bytes = 0;
  for (const row of found.slice(0, limit)) {
    const next = view(row);
    bytes += Buffer.byteLength(JSON.stringify(next));
    if (shown.length > 0 && bytes > LIMITS.answerBytes) break;
    shown.push(next);
  }
  const last = found[shown.length - 1];
  const goesOnAt = last === undefined || shown.length === found.length ? searchedTo : keyOf(last);
  return { rows: shown, next_cursor: goesOnAt === undefined ? null : cursors.seal(list, goesOnAt) };
}
