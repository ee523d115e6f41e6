import type { Db, Transaction } from './db.ts';

/**
 * A transaction as a database: each statement has a savepoint, so that one which is refused leaves the rest usable, as
 * callers expect who try again or do without.
 */
export function inTransaction(db: Db, tx: Transaction): Db {
  const query: Db['query'] = async (text, values) => {
    await tx.execute('savepoint statement');
    try {
      return await tx.query(text, values);
    } catch (error) {
      await tx.execute('rollback to savepoint statement');
      throw error;
    }
  };
  const within: Db = { ...db, query, transaction: (work) => work({ ...tx, query }), as: () => within };
  return within;
}
