import { Context } from '@temporalio/activity';
import { isAppError } from '../src/contract/errors.ts';
import { generationIdOf, MAX_COUNT, MAX_ID, type OcrReceiptArgs } from '../src/contract/job.ts';
import { workflowIdOf } from '../src/contract/names.ts';
import type { ActivityDeps } from './deps.ts';

const isFromOneTo = (most: number, value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;
const isId = (value: unknown) => isFromOneTo(MAX_ID, value);
const isCount = (value: unknown) => isFromOneTo(MAX_COUNT, value);

/**
 * Temporal holds no keys of ours: anyone who can reach it can start our workflow, or one of its activities, with
 * arguments of their own. Only a call that comes from the job's own workflow, of this ledger, goes on; the fences do the rest.
 * @returns why it does not; undefined when it does
 */
function refusalOf(deps: ActivityDeps, args: OcrReceiptArgs | undefined): string | undefined {
  if (!args || !isId(args.receiptId) || !isCount(args.generation) || !isCount(args.runNo)) {
    return 'the arguments are not those of a job';
  }
  if (args.ledgerId !== deps.ledgerId) return 'the run belongs to another ledger';
  const { workflowExecution } = Context.current().info;
  return workflowExecution?.workflowId === workflowIdOf(args, deps.workflowIdPrefix)
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

/**
 * An activity as Temporal may call it.
 * @param refused the answer to a call that is not the job's own
 */
export function forOwnRuns<Args extends OcrReceiptArgs, Answer>(
  deps: ActivityDeps,
  activity: (args: Args) => Promise<Answer>,
  refused: (reason: string) => Answer,
): (args: Args) => Promise<Answer> {
  return async (args) => {
    const reason = refusalOf(deps, args);
    if (reason !== undefined) {
      const { activityType, workflowExecution } = Context.current().info;
      const job = isId(args?.receiptId) && isCount(args.generation) ? generationIdOf(args) : undefined;
      deps.log.warn(
        { activity: activityType, job_id: job, workflow: workflowExecution?.workflowId.slice(0, 100), reason },
        'activity.refused',
      );
      return refused(reason);
    }
    try {
      return await activity(args);
    } catch (error) {
      throw withoutStack(error);
    }
  };
}
