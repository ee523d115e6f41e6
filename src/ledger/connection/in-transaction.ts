import type { Db } from '../db.ts';
import { apartIn } from './apart-in.ts';
import type { Transaction } from './queryable.ts';

/** A transaction as a database, for callers who try a statement again, or do without one that is refused. */
export function inTransaction(db: Db, tx: Transaction): Db {
  const query = apartIn(tx);
  const within: Db = { ...db, query, transaction: (work) => work({ ...tx, query }), as: () => within };
  return within;
}
