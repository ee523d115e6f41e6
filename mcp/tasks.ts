import {
  CLIENT_CAPABILITIES_META_KEY,
  MissingRequiredClientCapabilityError,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

/** The extension of 2026-07-28. The tasks of 2025-11-25 have other messages, and are not served. */
export const TASKS = 'io.modelcontextprotocol/tasks';

/** A task as the wire has it. */
export interface WireTask {
  readonly taskId: string;
  readonly status: 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';
  readonly statusMessage?: string;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly ttlMs: number | null;
  readonly pollIntervalMs?: number;
  /** Of one that is completed: what the call would have answered. */
  readonly result?: object;
  readonly error?: object;
  readonly inputRequests?: object;
}

/**
 * What knows the tasks. It asks at each call whose they are, and answers -32602 alike for those of others and for unknown
 * ones.
 */
export interface TaskPort {
  get(taskId: string, context: ServerContext): Promise<WireTask>;
  cancel(taskId: string, context: ServerContext): Promise<void>;
  /** What the client answers to open questions is in the context. */
  update(taskId: string, context: ServerContext): Promise<void>;
}

const named = z.looseObject({ taskId: z.string() });
const anything = z.looseObject({});

/** Serves the methods of tasks, whatever makes them. Each of them only to a request that declares the extension. */
export function serveTasks(server: Server, port: TaskPort): void {
  const serve = (method: string, answer: (taskId: string, context: ServerContext) => Promise<object>) =>
    server.setRequestHandler(method, { params: named, result: anything }, async ({ taskId }, context) => {
      if (!declaresTasks(context)) throw undeclared();
      return { ...(await answer(taskId, context)) };
    });
  serve('tasks/get', (taskId, context) => port.get(taskId, context));
  serve('tasks/cancel', async (taskId, context) => {
    await port.cancel(taskId, context);
    return {};
  });
  serve('tasks/update', async (taskId, context) => {
    await port.update(taskId, context);
    return {};
  });
}

/** Did the client declare tasks with this very request? */
export function declaresTasks({ mcpReq }: ServerContext): boolean {
  const parsed = envelope.safeParse(mcpReq.envelope);
  return parsed.success && Object.hasOwn(parsed.data[CLIENT_CAPABILITIES_META_KEY].extensions, TASKS);
}

/** The SDK has checked it by the protocol, and gives it no type. */
const envelope = z.object({
  [CLIENT_CAPABILITIES_META_KEY]: z.object({ extensions: z.record(z.string(), z.unknown()) }),
});

function undeclared(): MissingRequiredClientCapabilityError {
  return new MissingRequiredClientCapabilityError(
    { requiredCapabilities: { extensions: { [TASKS]: {} } } },
    `This method needs the extension ${TASKS}, declared in the client capabilities of the request.`,
  );
}
