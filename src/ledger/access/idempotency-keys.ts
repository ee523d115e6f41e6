import { IDEMPOTENCY } from '../../contract/policies.ts';
import type { Queryable } from '../connection/queryable.ts';

/** Whose key. */
export interface CallKeyOf {
  readonly tenant: string;
  readonly userId: number;
  readonly key: string;
}

/** SQL: a row that still counts. */
export const KEPT = `created_at > now() - interval '${IDEMPOTENCY.keptS} seconds'`;
/** SQL: the row of a key, as its first three parameters. */
export const OF_KEY = 'tenant_id = $1 and user_id = $2 and key = $3';

/** SQL, a part of each statement that keeps a key: it takes a few away that are past their time. */
export const EXPIRED = `expired as (
  delete from pantry_queue.idempotency_keys where ctid = any (array(
    select ctid from pantry_queue.idempotency_keys where not ${KEPT} order by created_at limit 20
    for update skip locked))
)`;

/** A second claim waits here until the first one is committed or undone. A row that is past its time is taken over. */
const CLAIM = `
insert into pantry_queue.idempotency_keys as k (tenant_id, user_id, key, fingerprint)
values ($1, $2, $3, $4)
on conflict (tenant_id, user_id, key) do update
set fingerprint = excluded.fingerprint, receipt_id = null, answer = null, created_at = now()
where not k.${KEPT}
returning key`;

/** @returns whether the key is the caller's now; false: a call was accepted under it */
export async function claimKey(
  tx: Queryable,
  { tenant, userId, key }: CallKeyOf,
  fingerprint: string,
): Promise<boolean> {
  return (await tx.query(CLAIM, [tenant, userId, key, fingerprint])).length > 0;
}

/** Keeps what was answered under a key that was claimed in the same transaction. */
export async function keepAnswer(tx: Queryable, { tenant, userId, key }: CallKeyOf, answer: unknown): Promise<void> {
  await tx.query(`with ${EXPIRED} update pantry_queue.idempotency_keys set answer = $4::jsonb where ${OF_KEY}`, [
    tenant,
    userId,
    key,
    JSON.stringify(answer),
  ]);
}

/** What was accepted under a key, and how it was answered. */
export interface KeptCall {
  readonly fingerprint: string;
  readonly answer: unknown;
}

/** @returns undefined when the key is new, or too old to count */
export async function findCall(db: Queryable, { tenant, userId, key }: CallKeyOf): Promise<KeptCall | undefined> {
  const rows = await db.query<{ fingerprint: string; answer: unknown }>(
    `select fingerprint, answer from pantry_queue.idempotency_keys where ${OF_KEY} and ${KEPT} and answer is not null`,
    [tenant, userId, key],
  );
  return rows[0];
}
