import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { Key } from '../ledger/keyset.ts';

/** Changes when a key's meaning does. */
const VERSION = 1;
const FORM = /^v(\d{1,6})\.([\w-]+)\.([\w-]+)$/;
const CHECK_BYTES = 16;

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

/** @param ledgerId of the one ledger that all processes of a queue share; no door shows it */
export function createCursors(ledgerId: string): Cursors {
  const checkOf = (list: readonly unknown[], payload: string): string =>
    createHmac('sha256', `cursor ${ledgerId}`)
      .update(JSON.stringify([VERSION, list, payload]))
      .digest()
      .subarray(0, CHECK_BYTES)
      .toString('base64url');
  return {
    seal(list, key) {
      const payload = Buffer.from(JSON.stringify(key)).toString('base64url');
      return `v${VERSION}.${payload}.${checkOf(list, payload)}`;
    },
    open(list, cursor) {
      const [, version, payload = '', check = ''] = FORM.exec(cursor) ?? [];
      if (version === undefined) throw wrongCursor('format', 'cursor is not one that a list has given.');
      if (Number(version) !== VERSION) throw wrongCursor('version', 'cursor is of another version of the queue.');
      // As text: several texts stand for the same bytes.
      const given = Buffer.from(check);
      const wanted = Buffer.from(checkOf(list, payload));
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
        throw wrongCursor('foreign', 'cursor is of another list, filter or user, or was changed.');
      }
      return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Key;
    },
  };
}

function wrongCursor(code: string, message: string): AppError {
  return new AppError('invalid_argument', message, {
    fields: [{ pointer: '/cursor', code, message }],
    hint: 'Leave cursor out for the first page, or pass next_cursor unchanged with the filter of its page.',
  });
}
