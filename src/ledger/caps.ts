import type { Queryable } from './connection/queryable.ts';
import type { Db } from './db.ts';

/** The reason of an operator's pause of a tenant's whole queue. */
export const QUEUE_PAUSED = 'queue_paused';
/** The reason of a pause of one user's jobs. */
export const OWNER_PAUSED = 'owner_paused';
/** The reason of a budget that is used up (`functions/budgets.sql`). */
export const BUDGET_EXHAUSTED = 'budget_exhausted';

/** The reason of the hold while the queue moves to another Temporal (`engine-move.ts`). */
export const ENGINE_MOVING = 'engine_moving';

/** SQL: the queue moves: nothing is handed over. */
export const IS_MOVING = `exists (select from pantry_queue.caps where tenant_id is null and reason = '${ENGINE_MOVING}')`;

/** A limit that holds jobs up: its number, whose and which jobs it counts (null = all), and why. */
export interface Cap {
  readonly in_flight: number;
  readonly user_id: number | null;
  readonly kind: string | null;
  readonly reason: string;
  readonly set_by: string | null;
  readonly since: string;
  readonly note: string | null;
}

/** SQL: a cap lets no call of the agent begin for this job. */
export const isHeld = (job: string): string => `exists (
    select from pantry_queue.caps_of(${job}.tenant_id, ${job}.user_id, ${job}.kind) c where c.in_flight = 0)`;

export type PauseRow = { paused_at: Date | null; paused_by: string | null; pause_reason: string | null };

/** SQL: columns of a `PauseRow`, of the cap `p` that may be there. */
export const PAUSE_COLUMNS = 'p.since as paused_at, p.set_by as paused_by, p.note as pause_reason';

/** SQL: the pause of the tenant `$1`. */
export const PAUSE_OF_TENANT = `p.tenant_id = $1 and p.user_id is null and p.kind is null and p.reason = '${QUEUE_PAUSED}'`;

/** Whose pause: of the tenant `$1` and the user `$2`, null for the whole queue. */
const PAUSE_OF = `p.tenant_id = $1 and p.user_id is not distinct from $2::bigint and p.kind is null
  and p.reason = case when $2::bigint is null then '${QUEUE_PAUSED}' else '${OWNER_PAUSED}' end`;

const PAUSE = `
insert into pantry_queue.caps as p (tenant_id, user_id, in_flight, reason, set_by, note)
values ($1, $2, 0, case when $2::bigint is null then '${QUEUE_PAUSED}' else '${OWNER_PAUSED}' end, $3, $4)
on conflict (tenant_id, user_id, kind, reason) do nothing returning ${PAUSE_COLUMNS}`;

/**
 * @param userId undefined = the whole queue
 * @returns the pause that holds now, and whether this call made it
 */
export async function pauseQueue(
  db: Db,
  tenant: string,
  userId: number | undefined,
  by: string,
  note: string | undefined,
): Promise<PauseRow & { changed: boolean }> {
  const of = [tenant, userId ?? null];
  const [changed] = await db.query<PauseRow>(PAUSE, [...of, by, note ?? null]);
  if (changed) return { ...changed, changed: true };
  const [pause] = await db.query<PauseRow>(`select ${PAUSE_COLUMNS} from pantry_queue.caps p where ${PAUSE_OF}`, of);
  return { ...(pause ?? { paused_at: null, paused_by: null, pause_reason: null }), changed: false };
}

/** @returns whether it was paused */
export async function resumeQueue(db: Db, tenant: string, userId: number | undefined): Promise<boolean> {
  const rows = await db.query(`delete from pantry_queue.caps p where ${PAUSE_OF} returning p.cap_no`, [
    tenant,
    userId ?? null,
  ]);
  return rows.length > 0;
}

/** A cap of 0, and how many jobs wait for its end. */
export type HoldingCap = Omit<Cap, 'since'> & {
  readonly since: Date;
  /** Of one kind: counted to 1,000, and of all users together among the 1,000 oldest. Null = all that wait. */
  readonly jobs: number | null;
  readonly examples: string[];
};

const MOST_SHOWN = 10;
const COUNTED_TO = 1_000;

const JOB_ID = 'pantry_queue.job_id_of(j.kind, j.subject, j.generation) as job_id';
const WAITS = `j.status = 'queued' and j.phase = 'admission' and j.tenant_id = $1 and j.user_id = h.user_id`;

const HOLDING = `
with holding as (
  (select * from pantry_queue.caps
   where tenant_id = $1 and in_flight = 0 and cap_no > 0 and $2::bigint = 0
   order by user_id nulls first, since limit ${MOST_SHOWN})
  union all
  (select * from pantry_queue.caps where tenant_id is null and reason = '${ENGINE_MOVING}' limit 1)
  union all
  (select * from pantry_queue.caps where tenant_id = $1 and user_id is null and in_flight = 0 and $2 <> 0 limit ${MOST_SHOWN})
  union all
  (select * from pantry_queue.caps where tenant_id = $1 and user_id = $2 and in_flight = 0 limit ${MOST_SHOWN})
), arrived as materialized (
  select user_id, sum(n) as n from pantry_queue.arrivals
  where tenant_id = $1 and status = 'queued' and user_id in (select user_id from holding) group by 1
)
select h.in_flight, h.user_id, h.kind, h.reason, h.set_by, h.note, h.since, held.jobs, coalesce(held.examples, '{}') as examples
from holding h left join lateral (
  -- All kinds of a user.
  select (coalesce((select sum(c.n) from pantry_queue.counters c
                    where c.tenant_id = $1 and c.user_id = h.user_id and c.status = 'queued'), 0)
          + coalesce((select a.n from arrived a where a.user_id = h.user_id), 0))::int as jobs,
    array(select ${JOB_ID} from pantry_queue.jobs j where ${WAITS} order by j.kind, j.priority, j.job_no limit 3) as examples
  where h.user_id is not null and h.kind is null
  union all
  select count(*)::int, (array_agg(job_id order by job_no))[1:3] from (
    select j.job_no, ${JOB_ID} from pantry_queue.jobs j
    where ${WAITS} and j.kind = h.kind order by j.priority, j.job_no limit ${COUNTED_TO}) of_user
  having h.user_id is not null and h.kind is not null
  union all
  select count(*)::int, (array_agg(job_id order by job_no))[1:3] from (
    -- generation > 0 says which index is meant: schema/0001_ledger.sql.
    select j.job_no, j.kind, ${JOB_ID} from pantry_queue.jobs j
    where j.tenant_id = $1 and j.status = 'queued' and j.live and j.generation > 0
    order by j.give_up_at limit ${COUNTED_TO}) oldest
  where oldest.kind = h.kind
  having h.user_id is null and h.kind is not null
) held on true
order by h.user_id nulls first, h.since`;

/**
 * Caps that let nothing begin, the widest first.
 * @param userId 0 = everybody in the tenant; else those that hold for this user
 */
export function holdingCaps(db: Queryable, tenant: string, userId: number): Promise<HoldingCap[]> {
  return db.query<HoldingCap>(HOLDING, [tenant, userId]);
}
