import { generationIdOf, type JobKey, parseJobId, type Subject } from '../contract/job.ts';
import { workflowIdOf } from '../contract/names.ts';
import type { Db } from '../ledger/db.ts';
import { keyValues, OF_GENERATION } from '../ledger/job-key.ts';
import type { Engine, EngineRun } from '../ports.ts';
import type { CheckName } from './checks.ts';
import type { Findings } from './findings.ts';
import { inParallel } from './in-parallel.ts';

/** What the checker asks of the engine. */
export interface EngineView extends Pick<Engine, 'describe'> {
  /** Workflow ids of all open runs, of this ledger and of others; absent = only the ledger's own jobs are compared. */
  openRuns?(): AsyncIterable<string>;
}

export interface EngineOptions {
  readonly engine: EngineView;
  readonly ledgerId: string;
  readonly workflowIdPrefix: string;
  /** What differs is looked at again until it agrees or this long has passed: the gate may be at it. */
  readonly settleMs: number;
  readonly of?: Subject | undefined;
}

const PAGE = 500;
const PARALLEL = 16;
const LOOK_AGAIN_MS = 1_000;
/** Differences beyond this many are counted at the first look: the second one is held in memory. */
const MAX_SUSPECTS = 2_000;

type JobRef = { job_no: number; kind: string; subject: number; generation: number };
type JobSeen = { run_no: number; live: boolean; handed_over: boolean };

const HANDED_OVER = `
select job_no, kind, subject, generation from pantry_queue.jobs
where live and handed_over_at is not null and job_no > $1 and ($3::text is null or (kind = $3 and subject = $4))
order by job_no limit $2`;

const READ_JOB = `
select run_no, live, handed_over_at is not null as handed_over from pantry_queue.jobs j where ${OF_GENERATION}`;

/**
 * Compares the jobs that were handed over with the engine, and the engine's open runs with the jobs.
 * @returns how many workflows were looked at
 * @throws AppError engine_unavailable, ledger_unavailable
 */
export async function judgeEngine(db: Db, findings: Findings, options: EngineOptions): Promise<{ runs: number }> {
  const seen = { runs: 0 };
  const suspects = new Map<string, JobKey | undefined>();
  const look = async (workflowId: string, key: JobKey | undefined): Promise<void> => {
    seen.runs++;
    const check = await differenceOf(db, workflowId, key, options);
    if (!check) return;
    if (suspects.size < MAX_SUSPECTS) suspects.set(workflowId, key);
    else findings.add(check, [nameOf(workflowId, key)]);
  };

  for (let after = 0, page = PAGE; page === PAGE; ) {
    const jobs = await db.query<JobRef>(HANDED_OVER, [
      after,
      PAGE,
      options.of?.kind ?? null,
      options.of?.subject ?? null,
    ]);
    page = jobs.length;
    after = jobs.at(-1)?.job_no ?? after;
    await inParallel(PARALLEL, jobs, (key) => look(workflowIdOf(key, options.workflowIdPrefix), key));
  }
  if (options.engine.openRuns) {
    await inParallel(PARALLEL, options.engine.openRuns(), async (workflowId) => {
      const key = keyOf(workflowId, options.workflowIdPrefix);
      const { of } = options;
      const inScope = of === undefined || (key?.kind === of.kind && key.subject === of.subject);
      if (inScope && !suspects.has(workflowId)) await look(workflowId, key);
    });
  }

  for (const endsAt = Date.now() + options.settleMs; suspects.size > 0 && Date.now() < endsAt; ) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_AGAIN_MS, Math.max(0, endsAt - Date.now()))));
    await inParallel(PARALLEL, [...suspects], async ([workflowId, key]) => {
      if (!(await differenceOf(db, workflowId, key, options))) suspects.delete(workflowId);
    });
  }
  for (const [workflowId, key] of suspects) {
    const check = await differenceOf(db, workflowId, key, options);
    if (check) findings.add(check, [nameOf(workflowId, key)]);
  }
  return seen;
}

/** One workflow id, as the engine and the ledger see it now; the job is read last, so that one that ends meanwhile agrees. */
async function differenceOf(
  db: Db,
  workflowId: string,
  key: JobKey | undefined,
  options: EngineOptions,
): Promise<CheckName | undefined> {
  const run = await options.engine.describe(workflowId);
  const rows = key ? await db.query<JobSeen>(READ_JOB, keyValues(key)) : [];
  return judge(rows[0], run, options.ledgerId);
}

function judge(job: JobSeen | undefined, run: EngineRun, ledgerId: string): CheckName | undefined {
  const expected = job?.live === true && job.handed_over;
  if (run.kind === 'absent') return expected ? 'run_missing' : undefined;
  if (run.ledgerId !== ledgerId) {
    // Another installation's, or started by hand: our matter only where it stands in a job's way.
    if (!expected) return undefined;
    return run.open ? 'run_foreign' : 'run_missing';
  }
  if (!run.open) return expected ? 'run_closed' : undefined;
  if (!job) return 'run_without_job';
  if (!job.live) return 'run_outlives_job';
  return run.runNo === job.run_no ? undefined : 'run_other';
}

/** @returns undefined when the id is none of this installation's */
function keyOf(workflowId: string, prefix: string): JobKey | undefined {
  if (!workflowId.startsWith(prefix)) return undefined;
  const parsed = parseJobId(workflowId.slice(prefix.length));
  return parsed && { ...parsed, generation: parsed.generation ?? 1 };
}

function nameOf(workflowId: string, key: JobKey | undefined): string {
  return key ? generationIdOf(key) : `workflow ${workflowId}`;
}
