import { WORKER_BEAT } from '../contract/policies.ts';
import type { Db, Queryable } from './db.ts';

export interface WorkerBeat {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  /** Calls of the agent it can make at once. */
  readonly slots: number;
  /** Ids of the jobs it reads now. */
  readonly running: readonly string[];
}

const BEAT = `
insert into pantry_queue.workers as w (worker_id, name, host, pid, slots, running)
values ($1, $2, $3, $4, $5, $6)
on conflict (worker_id) do update set slots = excluded.slots, running = excluded.running, seen_at = now()`;

/** The worker is alive, and this is what it does. By itself: whoever has locked the jobs holds up no beat. */
export async function beat(db: Queryable, worker: WorkerBeat): Promise<void> {
  await db.query(BEAT, [worker.id, worker.name, worker.host, worker.pid, worker.slots, worker.running]);
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

export type LiveWorker = { name: string; slots: number; running: string[]; last_seen_s: number };

export function liveWorkers(db: Queryable): Promise<LiveWorker[]> {
  return db.query<LiveWorker>(
    `select name, slots, running[1:100] as running, extract(epoch from now() - seen_at)::int as last_seen_s
     from pantry_queue.workers where seen_at > now() - interval '${WORKER_BEAT.lostAfterMs} milliseconds'
     order by name, worker_id limit 200`,
  );
}
