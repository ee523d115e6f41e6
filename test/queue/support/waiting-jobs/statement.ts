import type { Db } from '../../../../src/ledger/db.ts';
import { type Key, keyset } from '../../../../src/ledger/keyset.ts';

const IN_TURN = keyset('asc', [
  { sql: 'priority', type: 'bigint' },
  { sql: 'job_no', type: 'bigint' },
]);

export type WaitingRow = { job_no: number; subject: number; priority: number };

export function waitingJobs(
  db: Db,
  filter: { tenant: string; owner: number; priority: number | undefined; after: Key | undefined; limit: number },
): Promise<WaitingRow[]> {
  const { tenant, owner, priority = null, after, limit } = filter;
  return db.query<WaitingRow>(
    `select job_no, subject, priority from pantry_queue.jobs
     where tenant_id = $1 and user_id = $2 and live and ($3::int is null or priority = $3)
       and ${IN_TURN.after(after, 5)} ${IN_TURN.orderBy} limit $4`,
    [tenant, owner, priority, limit, ...(after ?? [])],
  );
}
