import { AppError } from '../contract/errors.ts';
import type { Queryable } from '../ledger/connection/queryable.ts';
import { movedTo } from '../ledger/engine/engine-move.ts';

/** What a process is told that still sees a Temporal that its queue has left; undefined while it has not. */
export async function engineLeft(db: Queryable, namespaceId: string): Promise<AppError | undefined> {
  const to = await movedTo(db, namespaceId);
  return (
    to &&
    new AppError(
      'engine_misconfigured',
      `The queue has moved to Temporal at ${to.address}, namespace "${to.namespace}".`,
      {
        hint: `Set TEMPORAL_ADDRESS=${to.address} and TEMPORAL_NAMESPACE=${to.namespace} for this process, and restart it.`,
      },
    )
  );
}
