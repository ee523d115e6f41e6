import {
  type CallToolResult,
  type InputRequiredResult,
  isInputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { causeText } from '../src/contract/cause.ts';
import { AppError, toAppError } from '../src/contract/errors.ts';
import type { OutputOf } from '../src/contract/queue-api.ts';
import { callTool, type ToolDeps } from './call-tool.ts';
import { serveRequest } from './serve-request.ts';
import type { TaskPort, WireTask } from './tasks.ts';
import { getJobStatus } from './tools/get-job-status.ts';
import { tools } from './tools/index.ts';
import { isReadOnly } from './tools/offered.ts';

type Task = OutputOf<'getTask'>;

/** Tasks of the queue's jobs and batches: this door only translates what the operations about tasks answer. */
export function createQueueTasks(deps: ToolDeps): TaskPort {
  const { queue } = deps;
  const get = (task_id: string, context: ServerContext) =>
    serveRequest({}, context, deps, (asked) => queue.getTask({ task_id }, asked));
  return {
    async get(taskId, context) {
      const task = await get(taskId, context);
      const result = task.status === 'completed' ? { result: await resultOf(task, context, deps) } : {};
      return { ...wireTask(task), ...result };
    },
    async cancel(task_id, context) {
      await serveRequest({}, context, deps, async (asked) => {
        if (isReadOnly(deps)) throw new AppError('forbidden', 'Nothing is changed through this server.');
        await queue.cancelTask({ task_id }, asked);
      });
    },
    // No job asks its client anything, so there is nothing to answer.
    async update(taskId, context) {
      await get(taskId, context);
    },
  };
}

/**
 * The answer of a call, or the task of the work that goes on behind it.
 * @param name of the tool
 */
export async function orTask(
  name: string,
  result: CallToolResult | InputRequiredResult,
  context: ServerContext,
  deps: ToolDeps,
): Promise<CallToolResult | InputRequiredResult> {
  if (isInputRequiredResult(result)) return result;
  const work = tools.find((tool) => tool.name === name)?.goesOn?.(shownIn(result));
  if (work === undefined || result.isError) return result;
  try {
    const task = await serveRequest({}, context, deps, (asked) => deps.queue.createTask(work, asked));
    return task.status === 'working' ? { content: [], resultType: 'task', ...wireTask(task) } : result;
  } catch (error) {
    // The work was accepted, and the answer tells how to follow it without a task.
    deps.logger.warn({ tool: name, cause: causeText(toAppError(error)) }, 'mcp.task_not_made');
    return result;
  }
}

const shownIn = ({ structuredContent = {} }: Pick<CallToolResult, 'structuredContent'> | InputRequiredResult) =>
  structuredContent as Readonly<Record<string, unknown>>;

/** What the tool of its status answers now; hosts mark it as failed where the one job has failed. */
async function resultOf({ job_id, batch_id }: Task, context: ServerContext, deps: ToolDeps): Promise<object> {
  const asked = job_id === null ? { batch_id } : { job_id };
  const result = await callTool(getJobStatus.name, asked, context, deps);
  const hasFailed = result.isError === true || shownIn(result).status === 'failed';
  return { resultType: 'complete', ...result, isError: hasFailed };
}

function wireTask({ task_id, status, says, created_at, updated_at, ttl_ms, poll_after_ms }: Task): WireTask {
  return {
    taskId: task_id,
    status: status === 'canceled' ? 'cancelled' : status,
    statusMessage: says,
    createdAt: created_at,
    lastUpdatedAt: updated_at,
    ttlMs: ttl_ms,
    ...(poll_after_ms === null ? {} : { pollIntervalMs: poll_after_ms }),
  };
}
