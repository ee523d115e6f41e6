import type { UnderWay } from '../../contract/engine-report.ts';
import { GATE } from '../../contract/policies.ts';
import { type AdmittedRow, RUN_COLUMNS } from '../admitted-run.ts';
import { ENGINE_MOVING, IS_MOVING } from '../caps.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { recordEvent } from '../event.ts';
import { LIVE_GATES } from '../processes/gates.ts';

/** Where a queue's Temporal is. */
export interface EnginePlace {
  readonly address: string;
  readonly namespace: string;
}

const HOLD = `
insert into pantry_queue.caps (tenant_id, in_flight, reason, set_by, note) values (null, 0, '${ENGINE_MOVING}', 'operator', $1)
on conflict (tenant_id, user_id, kind, reason) do update set note = excluded.note`;

/** From now on nothing is let in, started or called; what is under way goes on. */
export async function holdForMove(db: Db, to: EnginePlace): Promise<void> {
  await db.query(HOLD, [`to ${to.address}, namespace ${to.namespace}`]);
}

/** Jobs go on. @returns whether they were held */
export async function endHold(db: Db): Promise<boolean> {
  const rows = await db.query(
    `delete from pantry_queue.caps where tenant_id is null and reason = '${ENGINE_MOVING}' returning cap_no`,
  );
  return rows.length > 0;
}

export async function isMoving(db: Db): Promise<boolean> {
  return (await db.query(`select where ${IS_MOVING}`)).length > 0;
}

export async function underWay(db: Db): Promise<UnderWay> {
  const [row] = await db.query<UnderWay & Record<string, unknown>>(
    `select count(*)::int as open, (count(*) filter (where phase in ('agent', 'canceling')))::int as calls,
       (count(*) filter (where phase = 'saving'))::int as saves
     from pantry_queue.jobs where in_engine`,
  );
  return row ?? { open: 0, calls: 0, saves: 0 };
}

const LEAVE = `
insert into pantry_queue.left_engines as l (namespace_id, moved_to_address, moved_to_namespace)
select distinct namespace_id, $2, $3 from unnest($1::text[]) n (namespace_id)
where namespace_id <> $4
on conflict (namespace_id) do update set moved_to_address = $2, moved_to_namespace = $3, left_at = now()
where (l.moved_to_address, l.moved_to_namespace) is distinct from ($2, $3)`;

/**
 * The queue has another engine: a process that still sees one of those before hands nothing over any more.
 * @param known ids of namespaces that it may have been in
 */
export async function leaveEngines(
  db: Db,
  known: readonly string[],
  to: EnginePlace & { readonly id: string },
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(LEAVE, [known, to.address, to.namespace, to.id]);
    await tx.query('delete from pantry_queue.left_engines where namespace_id = $1', [to.id]);
    await tx.query(
      `update pantry_queue.shared_settings set value = $1, shown = $1 where name = 'TEMPORAL_NAMESPACE' and value <> $1`,
      [to.namespace],
    );
  });
}

/** @returns where the queue has moved to; undefined when it has not left this namespace */
export async function movedTo(db: Queryable, namespaceId: string): Promise<EnginePlace | undefined> {
  const [row] = await db.query<{ address: string; namespace: string }>(
    `select moved_to_address as address, moved_to_namespace as namespace from pantry_queue.left_engines
     where namespace_id = $1`,
    [namespaceId],
  );
  return row;
}

/** Jobs that one statement numbers anew. */
const SLICE = 500;
/** More than the window can hold. */
const SLICES = Math.ceil((2 * GATE.maxWindow * GATE.openPerWindow) / SLICE);

/** As `replaceRun`, of all that the old engine may have: a cancel that was asked for ends its job by itself. */
const RENUMBER = `
with replaced as (
  update pantry_queue.jobs j set
    run_no = j.run_no + 1, handed_over_at = null, start_claimed_at = null, engine_checked_at = now(),
    engine_run_id = null, stuck_since = null, stuck_cause = null, next_attempt_at = null,
    -- A call that is under way is left alone: its reply will be found by the new run.
    status = case when j.status = 'started' and j.phase = 'agent' then j.status else 'queued' end,
    phase = case when j.status = 'started' and j.phase = 'agent' then j.phase else 'worker' end
  where j.job_no in (
    select job_no from pantry_queue.jobs
    where in_engine and cancel_requested_at is null and (handed_over_at is not null or start_claimed_at is not null)
    limit ${SLICE} for update skip locked)
  returning j.*
), recorded as (
  ${recordEvent('replaced', 'run_replaced', { data: "jsonb_build_object('why', 'the queue moved to another Temporal')" })}
)
select ${RUN_COLUMNS} from replaced`;

/** Takes all that is in the old engine out of it. @returns how many jobs */
export async function renumberAll(db: Db): Promise<number> {
  let moved = 0;
  for (let slice = 0; slice < SLICES; slice++) {
    const rows = await db.query<AdmittedRow>(RENUMBER);
    moved += rows.length;
    if (rows.length < SLICE) break;
  }
  return moved;
}

/** Of the processes that are alive: which namespace each sees. */
export interface SeenEngine {
  readonly name: string;
  readonly engine_id: string | null;
  readonly state: string | null;
  readonly knows: boolean;
}

/** @returns one row a process; `knows`: it has looked since the queue left that namespace */
export function seenEngines(db: Db): Promise<SeenEngine[]> {
  return db.query<SeenEngine & Record<string, unknown>>(
    `select g.name, g.engine_id, g.engine as state, l.left_at is not null and g.engine = 'misconfigured' as knows
     from (select * from ${LIVE_GATES}) g left join pantry_queue.left_engines l on l.namespace_id = g.engine_id
     order by g.name, g.gate_id limit 200`,
  );
}
