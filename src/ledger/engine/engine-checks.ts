import type { RunKey } from '../../contract/job.ts';
import { GATE } from '../../contract/policies.ts';
import type { Db } from '../db.ts';
import { isKnownKind, OF_RUN, type RunRow, runOf, runValues } from '../job-key.ts';

const CHECK = `
update pantry_queue.jobs j set engine_checked_at = now()
where j.job_no in (
  select job_no from pantry_queue.jobs
  where in_engine and ${isKnownKind('$2')}
    and handed_over_at is not null
    and (engine_checked_at is null or engine_checked_at < now() - interval '${GATE.engineCheckMs} milliseconds')
  order by engine_checked_at nulls first limit $1 for update skip locked)
returning j.kind, j.subject, j.generation, j.run_no, j.status, j.phase`;

export type Checked = RunKey & { readonly status: string; readonly phase: string | null };

/** Handed-over jobs that nobody has compared with the engine lately; this caller should. */
export async function claimEngineChecks(db: Db, limit: number): Promise<Checked[]> {
  const rows = await db.query<RunRow & { status: string; phase: string | null }>(CHECK, [limit, db.kinds.names]);
  return rows.map((row) => ({ ...runOf(row), status: row.status, phase: row.phase }));
}

/** The next sweep compares this job with the engine, whenever it was checked last. */
export async function requestEngineCheck(db: Db, run: RunKey): Promise<void> {
  await db.query(`update pantry_queue.jobs j set engine_checked_at = null where ${OF_RUN}`, runValues(run));
}

/** The engine is back: what was in flight may be lost, and is not left to wait for its turn to be compared. */
export async function requestAllEngineChecks(db: Db): Promise<void> {
  await db.query(
    `update pantry_queue.jobs set engine_checked_at = null where job_no = any (array(
       select job_no from pantry_queue.jobs where in_engine and engine_checked_at is not null for update skip locked))`,
  );
}
