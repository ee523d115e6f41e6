import type { Cap } from './caps.ts';
import type { Queryable } from './connection/queryable.ts';
import type { Db } from './db.ts';
import { type Key, keyset } from './keyset.ts';

/** The reason of the limits that an operator sets; no other row is changed here. */
const LIMIT = 'limit';

const NUMBERS = ['in_flight', 'queued', 'per_minute'] as const;
export type CapNumbers = { readonly [name in (typeof NUMBERS)[number]]?: number | null | undefined };

/** A row of `caps` as it is listed. */
export type CapRow = Omit<Cap, 'in_flight' | 'since'> & {
  readonly cap_no: number;
  readonly in_flight: number | null;
  readonly queued: number | null;
  readonly per_minute: number | null;
  readonly note: string | null;
  readonly since: Date;
};

const COLUMNS = 'c.cap_no, c.user_id, c.kind, c.in_flight, c.queued, c.per_minute, c.reason, c.note, c.set_by, c.since';

const OF = `c.tenant_id = $1 and c.user_id is not distinct from $2::bigint and c.kind is not distinct from $3::text
  and c.reason = '${LIMIT}'`;

/** A number that was not named stays; `$4` names the others. */
const numberNow = (name: string) => `case when '${name}' = any ($4::text[]) then excluded.${name} else c.${name} end`;
const IS_CHANGED = `(${NUMBERS.map((name) => `c.${name}`)}, c.note)
  is distinct from (${NUMBERS.map(numberNow)}, coalesce(excluded.note, c.note))`;

const SET = `
insert into pantry_queue.caps as c (tenant_id, user_id, kind, ${NUMBERS}, reason, set_by, note)
values ($1, $2, $3, $5, $6, $7, '${LIMIT}', $8, $9)
on conflict (tenant_id, user_id, kind, reason) do update set
  ${NUMBERS.map((name) => `${name} = ${numberNow(name)}`)},
  set_by = excluded.set_by, note = coalesce(excluded.note, c.note), since = now()
where ${IS_CHANGED}
returning ${COLUMNS}`;

const REMOVE = `delete from pantry_queue.caps c where ${OF} and num_nonnulls(${NUMBERS.map((name) => `c.${name}`)}) = 0
returning c.cap_no`;

/** Of whom, and which numbers: those that are named; null removes one. */
export interface CapChange extends CapNumbers {
  readonly userId: number | undefined;
  readonly kind: string | undefined;
  readonly by: string;
  readonly note: string | undefined;
}

/** @returns the limit as it is now, undefined when it has no number left, and whether this call changed it */
export function setCap(
  db: Db,
  tenant: string,
  change: CapChange,
): Promise<{ cap: CapRow | undefined; changed: boolean }> {
  const of = [tenant, change.userId ?? null, change.kind ?? null];
  const named = NUMBERS.filter((name) => change[name] !== undefined);
  const numbers = NUMBERS.map((name) => change[name] ?? null);
  return db.transaction(async (tx) => {
    const before = await tx.query(`select from pantry_queue.caps c where ${OF}`, of);
    const changed = await tx.query(SET, [...of, named, ...numbers, change.by, change.note ?? null]);
    const removed = await tx.query(REMOVE, of);
    const [cap] = await tx.query<CapRow>(`select ${COLUMNS} from pantry_queue.caps c where ${OF}`, of);
    return { cap, changed: removed.length > 0 ? before.length > 0 : changed.length > 0 };
  });
}

const ORDER = keyset('asc', [{ sql: 'c.cap_no', type: 'bigint' }]);

/** The limits of a tenant, the oldest first; of one user, those that name them. */
export function listCaps(
  db: Queryable,
  tenant: string,
  page: { readonly userId: number | undefined; readonly after: Key | undefined; readonly limit: number },
): Promise<CapRow[]> {
  const { userId, after, limit } = page;
  // Those of one user are few: found by who they are of, not among all in order.
  const which = userId === undefined ? 'c.cap_no >= 1' : 'c.user_id = $3';
  const values = [tenant, limit, ...(userId === undefined ? [] : [userId])];
  return db.query<CapRow>(
    `select ${COLUMNS} from pantry_queue.caps c
     where c.tenant_id = $1 and ${which} and ${ORDER.after(after, values.length + 1)} ${ORDER.orderBy} limit $2`,
    [...values, ...(after ?? [])],
  );
}
