import type { OnParentFailure, RunKey } from '../../contract/job.ts';
import { GIVE_UP_AFTER_S, LATER } from '../../contract/policies.ts';
import { apartIn } from '../connection/apart-in.ts';
import type { Db } from '../db.ts';
import { endJob } from '../ends.ts';
import { recordEvent } from '../event.ts';
import { isKnownKind, type RunRow, runOf } from '../job-key.ts';

/**
 * SQL: the job with a number. By one probe of the key: joined, a plan that was made on an empty ledger reads all jobs.
 */
const jobOf = (jobNo: string, alias: string) =>
  `left join lateral (select * from pantry_queue.jobs ${alias} where ${alias}.job_no = ${jobNo} limit 1) ${alias} on true`;

/** SQL: the parent of the row `d`, `p`, is no reason to wait any more, and none to end the job either. */
const MET = `(d.parent_ended and (p.status is not distinct from 'finished' or d.on_parent_failure = 'run'))`;

/**
 * The job's row is the lock: of two rounds that see different parents end, the one that comes second finds all of them.
 * A wait that is over is decided by all parents as the snapshot shows them, since an end is never taken back.
 */
const SETTLE = `
with waiting as materialized (
  select j.job_no from pantry_queue.jobs j
  where j.job_no = any (array(
      select distinct d.job_no from pantry_queue.dependencies d
      ${jobOf('d.parent_no', 'p')}
      where d.parent_ended and ${MET} order by d.job_no limit $1))
    and pantry_queue.state_of(j.status, j.phase) = 'deferred/dependency'
  for update skip locked
), parents as materialized (
  select d.job_no, d.parent_no, ${MET} as met
  from pantry_queue.dependencies d ${jobOf('d.parent_no', 'p')}
  where d.job_no = any (array(select job_no from waiting))
), gone as (
  -- Keys as a list, so that the planner fetches these few rows by them.
  delete from pantry_queue.dependencies d where d.job_no = any (array(select job_no from parents where met))
    and exists (select from parents m where m.job_no = d.job_no and m.parent_no = d.parent_no and m.met)
), released as (
  update pantry_queue.jobs j set
    status = case when j.run_at > now() then 'scheduled' else 'queued' end,
    phase = case when j.run_at > now() then null else 'admission' end,
    give_up_at = greatest(now(), j.run_at) + interval '${GIVE_UP_AFTER_S} seconds'
  where j.job_no = any (array(select job_no from parents group by 1 having bool_and(met)))
  returning j.*
), recorded as (
  ${recordEvent('released', 'released', { data: `jsonb_build_object('by', 'parents')` })}
)
select (select count(*) from waiting)::int as settled, count(*)::int as released from released`;

/** Goes on for jobs whose parents have ended. @returns how many it looked at, and how many wait for no parent any more */
export async function settleDependencies(db: Db): Promise<{ settled: number; released: number }> {
  const [row] = await db.query<{ settled: number; released: number }>(SETTLE, [LATER.slice]);
  return row ?? { settled: 0, released: 0 };
}

/** A job that is to end because one that it waits for ended without a result. */
export interface Unmet {
  readonly run: RunKey;
  /** As an id; undefined: its row is gone. */
  readonly parent: string | undefined;
  readonly status: string;
  readonly outcome: Exclude<OnParentFailure, 'run'>;
}

/** One parent for each job is enough. Jobs without a row are read as jobs that were lost. */
const UNMET = `
with ended as materialized (
  select * from pantry_queue.dependencies where parent_ended limit ${LATER.walked}
)
select distinct on (d.job_no) j.kind, j.subject, j.generation, j.run_no, d.on_parent_failure as outcome,
  pantry_queue.job_id_of(p.kind, p.subject, p.generation) as parent, coalesce(p.status, 'lost') as status
from ended d ${jobOf('d.job_no', 'j')} ${jobOf('d.parent_no', 'p')}
where j.live and not ${MET} and ${isKnownKind('$2', 'j')}
order by d.job_no, d.parent_no limit $1`;

/** @returns jobs that end with a parent of theirs, a few at a time */
export async function findUnmet(db: Db): Promise<Unmet[]> {
  type Row = RunRow & { parent: string | null; status: string; outcome: Unmet['outcome'] };
  const rows = await db.query<Row>(UNMET, [LATER.ends, db.kinds.names]);
  return rows.map(({ parent, status, outcome, ...row }) => ({
    run: runOf(row),
    parent: parent ?? undefined,
    status,
    outcome,
  }));
}

const NOTE = `
with unmet as (
  select j.* from pantry_queue.jobs j
  where j.kind = $1 and j.subject = $2 and j.generation = $3 and j.live for update
)
${recordEvent('unmet', 'parent_unfinished', {
  state: 'null',
  data: `jsonb_build_object('parent', $4::text, 'status', $5::text, 'outcome', $6::text)`,
})}
returning id`;

/** Ends a job with its parent, and says so, in one commit. */
export async function endWithParent(db: Db, { run, parent = 'a job', status, outcome }: Unmet): Promise<void> {
  await db.transaction(async (tx) => {
    const noted = await tx.query(NOTE, [run.kind, run.subject, run.generation, parent, status, outcome]);
    if (noted.length === 0) return;
    const message = `It was to run after ${parent}, which ${status === 'lost' ? 'is not there any more' : `is ${status}`}.`;
    await endJob(
      { ...db, query: apartIn(tx) },
      run,
      outcome === 'cancel' ? { status: 'canceled' } : { status: 'failed', code: 'dependency_failed', message },
    );
  });
}

/**
 * Ends that no trigger told: of a parent that ended while the job that waits for it was being accepted, or that somebody
 * removed by hand. The newest waits at every turn, the others page by page.
 */
const WALK = `
with page as materialized (
  (select job_no, parent_no from pantry_queue.dependencies where (job_no, parent_no) > ($1, $2)
   order by job_no, parent_no limit $3)
), looked as (
  select job_no, parent_no from page
  union
  (select job_no, parent_no from pantry_queue.dependencies order by job_no desc, parent_no desc limit $3)
), seen as (
  select l.*, coalesce(c.live, false) as waits, coalesce(p.live, false) as parent_lives
  from looked l ${jobOf('l.job_no', 'c')} ${jobOf('l.parent_no', 'p')}
), told as (
  update pantry_queue.dependencies d set parent_ended = true
  where d.job_no = any (array(select job_no from seen where waits and not parent_lives)) and not d.parent_ended
    and exists (select from seen s where s.job_no = d.job_no and s.parent_no = d.parent_no and not s.parent_lives)
), cleared as (
  delete from pantry_queue.dependencies d
  where d.job_no = any (array(select job_no from seen where not waits))
)
select job_no, parent_no from page order by job_no desc, parent_no desc limit 1`;

/** Where the walk over all waits goes on; begins anew when it has come to the end. */
export interface DependencyWalk {
  jobNo: number;
  parentNo: number;
}

/** Looks at a page of the waits, and at as many of the newest. */
export async function walkDependencies(db: Db, place: DependencyWalk, page: number = LATER.walked): Promise<void> {
  type Row = { job_no: number; parent_no: number };
  const [last] = await db.query<Row>(WALK, [place.jobNo, place.parentNo, page]);
  place.jobNo = last?.job_no ?? 0;
  place.parentNo = last?.parent_no ?? 0;
}
