import { WORKER_BEAT } from '../../contract/policies.ts';
import type { WorkerRole } from '../../contract/worker-role.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { type Key, keyset } from '../keyset.ts';

export interface WorkerBeat {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly role: WorkerRole;
  /** Calls of the agent it can make at once. */
  readonly slots: number;
  /** Of the package. */
  readonly version: string;
  /** Where Temporal tells the versions of workers apart. */
  readonly buildId: string | undefined;
  /** Ids of the jobs it reads now. */
  readonly running: readonly string[];
  /** It begins nothing more. */
  readonly stopping: boolean;
}

const BEAT = `
insert into pantry_queue.workers as w
  (worker_id, name, host, pid, role, slots, version, build_id, running, stopping_since)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $10::boolean then now() end)
on conflict (worker_id) do update set slots = excluded.slots, running = excluded.running, seen_at = now(),
  stopping_since = coalesce(w.stopping_since, excluded.stopping_since)`;

/** The worker is alive, and this is what it does. By itself: a lock on the jobs holds up no beat. */
export async function beat(db: Queryable, worker: WorkerBeat): Promise<void> {
  const { id, name, host, pid, role, slots, version, buildId, running, stopping } = worker;
  await db.query(BEAT, [id, name, host, pid, role, slots, version, buildId ?? null, running, stopping]);
}

/** @returns ids of the worker's jobs whose calls must be aborted: a cancel that the engine cannot deliver */
export async function canceledCalls(db: Queryable, workerId: string): Promise<string[]> {
  const rows = await db.query<{ job_id: string }>(
    `select pantry_queue.job_id_of(kind, subject, generation) as job_id from pantry_queue.jobs
     where in_engine and status = 'started' and phase = 'canceling' and worker_id = $1`,
    [workerId],
  );
  return rows.map((row) => row.job_id);
}

/** The worker has stopped; what it still lists counts as lost at once. */
export async function leave(db: Queryable, workerId: string): Promise<void> {
  await db.query('delete from pantry_queue.workers where worker_id = $1', [workerId]);
}

/** Rows of workers that have been gone for a day. */
export async function forgetDeadWorkers(db: Db): Promise<void> {
  await db.query(`delete from pantry_queue.workers where seen_at < now() - interval '1 day'`);
}

/** SQL: a worker that is alive. */
export const LIVE = `seen_at > now() - interval '${WORKER_BEAT.lostAfterMs} milliseconds'`;

/** SQL: of the workers that take jobs: their slots, and how many run workflows. One that stops takes none. */
export const SERVING = `(
  select count(*)::int as workers, coalesce(sum(slots), 0)::int as slots,
    (count(*) filter (where role <> 'agent'))::int as workflow, (count(*) filter (where role <> 'workflow'))::int as agent
  from pantry_queue.workers where stopping_since is null and ${LIVE})`;

/** The workers that take jobs, and how many of them have each half; `live` counts those that stop too. */
export type Serving = { live: number; workers: number; slots: number; workflow: number; agent: number };

export async function servingWorkers(db: Queryable): Promise<Serving> {
  const [row] = await db.query<Serving>(
    `select s.*, (select count(*)::int from pantry_queue.workers where ${LIVE}) as live from ${SERVING} s`,
  );
  if (!row) throw new Error('a count has one row');
  return row;
}

/** Of the jobs that are being read those of the tenant `$1`, and of the user `$2` unless that is 0. */
const FLYING = `
with flying as materialized (
  select worker_id, pantry_queue.job_id_of(kind, subject, generation) as job_id, phase, state_since, job_no
  from pantry_queue.jobs where in_engine and status = 'started' and tenant_id = $1 and ($2::bigint = 0 or user_id = $2)
)`;

export type LiveWorker = {
  name: string;
  role: WorkerRole;
  slots: number;
  stopping: boolean;
  running: string[];
  last_seen_s: number;
};

/** @param userId whose jobs are named; 0 = those of everybody in the tenant */
export function liveWorkers(db: Queryable, tenant: string, userId: number): Promise<LiveWorker[]> {
  return db.query<LiveWorker>(
    `${FLYING}
     select name, role, slots, stopping_since is not null as stopping, array(select job_id from flying f where f.worker_id = w.worker_id order by job_no limit 100) as running,
       extract(epoch from now() - seen_at)::int as last_seen_s
     from pantry_queue.workers w where ${LIVE} order by name, worker_id limit 200`,
    [tenant, userId],
  );
}

export type ListedWorker = Omit<LiveWorker, 'running'> & {
  worker_id: string;
  version: string;
  build_id: string | null;
  host: string;
  pid: number;
  busy: number;
  started_at: Date;
  doing: { job_id: string; phase: string; since: string }[];
};

const BY_NAME = keyset('asc', [
  { sql: 'w.name', type: 'text' },
  { sql: 'w.worker_id', type: 'text' },
]);

/** A page of them in the order of their names. */
export function listLiveWorkers(
  db: Queryable,
  filter: { tenant: string; userId: number; after: Key | undefined; limit: number },
): Promise<ListedWorker[]> {
  const { tenant, userId, after, limit } = filter;
  return db.query<ListedWorker>(
    `${FLYING}
     select w.worker_id, w.name, w.role, w.host, w.pid, w.slots, w.version, w.build_id,
       cardinality(w.running) as busy, w.started_at, w.stopping_since is not null as stopping,
       extract(epoch from now() - w.seen_at)::int as last_seen_s,
       coalesce((select jsonb_agg(jsonb_build_object('job_id', job_id, 'phase', phase, 'since', state_since) order by job_no)
        from (select * from flying f where f.worker_id = w.worker_id order by job_no limit 100) its), '[]') as doing
     from pantry_queue.workers w where ${LIVE} and ${BY_NAME.after(after, 4)} ${BY_NAME.orderBy} limit $3`,
    [tenant, userId, limit, ...(after ?? [])],
  );
}
