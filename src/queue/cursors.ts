import { AppError } from '../contract/errors.ts';
import type { Key } from '../ledger/keyset.ts';
import { createSealedText, type SealFault } from './sealed-text.ts';

/**
 * Cursors of lists: opaque text that any process of the queue reads, and that counts for one list only. A cursor says
 * nothing but where to go on; whose rows are listed is decided anew for each page.
 */
export interface Cursors {
  /** @param list everything that chooses the rows: the operation, whose they are, the filter */
  seal(list: readonly unknown[], key: Key): string;
  /** @throws AppError invalid_argument when the cursor was changed, or is of another list, filter, user or version */
  open(list: readonly unknown[], cursor: string): Key;
}

const SAYS: Readonly<Record<SealFault, string>> = {
  format: 'cursor is not one that a list has given.',
  version: 'cursor is of another version of the queue.',
  foreign: 'cursor is of another list, filter or user, or was changed.',
};

/** @param ledgerId of the one ledger that all processes of a queue share; no door shows it */
export function createCursors(ledgerId: string): Cursors {
  const sealed = createSealedText<Key>(`cursor ${ledgerId}`, { letter: 'v', version: 1, macBytes: 16 });
  return {
    seal: sealed.seal,
    open(list, cursor) {
      const opened = sealed.open(list, cursor);
      if ('value' in opened) return opened.value;
      throw new AppError('invalid_argument', SAYS[opened.fault], {
        fields: [{ pointer: '/cursor', code: opened.fault, message: SAYS[opened.fault] }],
        hint: 'Leave cursor out for the first page, or pass next_cursor unchanged with the filter of its page.',
      });
    },
  };
}
