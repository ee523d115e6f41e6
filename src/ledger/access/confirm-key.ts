import type { Queryable } from '../connection/queryable.ts';

/** What confirmations and tasks are signed with, and what tells how old they are. */
export interface ConfirmKey {
  /** One for all processes of the queue; it is shown at no door. */
  readonly key: Uint8Array;
  /** The ledger's clock, so that no clock of a process decides when a preview is too old. */
  readonly now: Date;
  /** Snapshots of another epoch say nothing: transaction ids have begun anew. */
  readonly epoch: number;
}

export async function readConfirmKey(db: Queryable): Promise<ConfirmKey> {
  const [row] = await db.query<ConfirmKey & Record<string, unknown>>(
    `select confirm_key as key, now() as now, (select max(epoch) from pantry_queue.epochs) as epoch
     from pantry_queue.secrets`,
  );
  if (!row) throw new Error('the ledger has no key for confirmations');
  return row;
}
