import { addReceipts } from '../../support/db.ts';
import type { UsedTopology } from './use-topology.ts';

/** Receipts of a user whose image lies in the store: a worker calls no agent for one that does not. */
export async function addStoredReceipts(
  { db, facts }: Pick<UsedTopology, 'db' | 'facts'>,
  count: number,
  userId = 1,
): Promise<number[]> {
  const ids = await addReceipts(db, count, userId);
  await db.query('update public.receipts set image_path = $1 where id = any($2)', [facts.image, ids]);
  return ids;
}
