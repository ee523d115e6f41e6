import type { Db } from '../db.ts';
import type { Transaction } from './queryable.ts';

/** Each statement in a savepoint of its own: one that is refused leaves its transaction usable, as `orWithoutSubject` needs it. */
export const apartIn =
  (tx: Transaction): Db['query'] =>
  async (text, values) => {
    await tx.execute('savepoint statement');
    try {
      return await tx.query(text, values);
    } catch (error) {
      await tx.execute('rollback to savepoint statement');
      throw error;
    }
  };
