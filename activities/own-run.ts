import { Context } from '@temporalio/activity';
import { isAppError } from '../src/contract/errors.ts';
import { generationIdOf, MAX_COUNT, parseJobId, type RunArgs, type RunKey } from '../src/contract/job.ts';
import { workflowIdOf } from '../src/contract/names.ts';
import { NO_TELEMETRY } from '../src/contract/telemetry.ts';
import { inTraceOf } from '../src/ledger/traces.ts';
import type { ActivityDeps } from './deps.ts';

const isCount = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_COUNT;

/** @returns undefined when these are not the arguments of a job */
function runOf(args: RunArgs | undefined): RunKey | undefined {
  if (!isCount(args?.generation) || !isCount(args?.runNo) || typeof args?.jobId !== 'string') return undefined;
  const job = parseJobId(args.jobId);
  if (!job || job.generation !== undefined) return undefined;
  return { ...job, generation: args.generation, runNo: args.runNo };
}

/**
 * Temporal holds no keys of ours: anyone who can reach it can start our workflow, or one of its activities, with
 * arguments of their own. Only a call that comes from the job's own workflow, of this ledger, goes on; the fences do the rest.
 * @returns why it does not; undefined when it does
 */
function refusalOf(deps: ActivityDeps, args: RunArgs, run: RunKey | undefined): string | undefined {
  if (!run) return 'the arguments are not those of a job';
  if (!deps.db.kinds.find(run.kind)) return `this program knows no jobs of kind ${run.kind}`;
  if (args.ledgerId !== deps.ledgerId) return 'the run belongs to another ledger';
  const { workflowExecution } = Context.current().info;
  return workflowExecution?.workflowId === workflowIdOf(run, deps.workflowIdPrefix)
    ? undefined
    : 'the call does not come from the workflow of the job';
}

/** A failure that Temporal stores says what happened; where in our code is for nobody who reads it there. */
function withoutStack(error: unknown): unknown {
  for (let link = error, depth = 0; link instanceof Error && depth < 8; link = link.cause, depth++) {
    if (!isAppError(link)) link.stack = '';
  }
  return error;
}

/** What the job was accepted in goes on here: Temporal carries ids alone, the ledger knows the trace. */
function asSpan<T>({ db, telemetry }: ActivityDeps, run: RunKey, work: () => Promise<T>): Promise<T> {
  const { tracing } = telemetry ?? NO_TELEMETRY;
  const { activityType, attempt } = Context.current().info;
  const facts = { 'pantry.job_id': generationIdOf(run), 'pantry.run_no': run.runNo, 'temporal.attempt': attempt };
  return inTraceOf({ db, tracing }, run, { name: activityType, facts }, work);
}

/**
 * An activity as Temporal may call it; it is handed the job that its arguments name.
 * @param refused the answer to a call that is not the job's own
 */
export function forOwnRuns<Args extends RunArgs, Answer>(
  deps: ActivityDeps,
  activity: (run: RunKey, args: Args) => Promise<Answer>,
  refused: (reason: string) => Answer,
): (args: Args) => Promise<Answer> {
  return async (args) => {
    const run = runOf(args);
    const reason = refusalOf(deps, args, run);
    if (!run || reason !== undefined) {
      const { activityType, workflowExecution } = Context.current().info;
      deps.log.warn(
        {
          activity: activityType,
          job_id: run && generationIdOf(run),
          workflow: workflowExecution?.workflowId.slice(0, 100),
          reason,
        },
        'activity.refused',
      );
      return refused(reason ?? '');
    }
    try {
      return await asSpan(deps, run, () => activity(run, args));
    } catch (error) {
      throw withoutStack(error);
    }
  };
}
