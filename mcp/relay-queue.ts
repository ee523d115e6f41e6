import { setTimeout as delay } from 'node:timers/promises';
import { AppError, isAppError } from '../src/contract/errors.ts';
import { type OperationKey, operations } from '../src/contract/operations.ts';
import type { CallContext } from '../src/contract/principal.ts';
import type { QueueApi } from '../src/contract/queue-api.ts';

export interface RelayDeps {
  /** Where a queue answers now; undefined when none is known to run. Cheap: asked before every call. */
  readonly locate: () => string | undefined;
  /** Starts a queue and returns at once; undefined: never start one. Harmless while one starts already. */
  readonly start: (() => StartedQueue) | undefined;
  /** How long one call waits for a queue that starts. Hosts give a call up after 60 s. */
  readonly startLimitMs: number;
  readonly connect: (url: string) => QueueApi;
  /** What to tell a model when there is no queue: the command that starts one, the log of one that does not start. */
  readonly hints: { readonly toStart: string; readonly startLog: string };
}

export interface StartedQueue {
  /** false: it was under way already. */
  readonly isNew: boolean;
  /** It ended before it was ready, and not because another one has its place. */
  readonly hasFailed: () => boolean;
}

interface Connected {
  readonly url: string;
  readonly queue: QueueApi;
}

const LOOK_EVERY_MS = 200;

/**
 * The queue that runs somewhere else, found anew for every call: it may be started, stopped and moved to another
 * address while the host keeps this relay open. Holds no state of a job and opens no database.
 */
export function createRelayQueue(deps: RelayDeps): QueueApi {
  let connected: Connected | undefined;

  async function current(signal: AbortSignal | undefined): Promise<Connected> {
    const url = deps.locate() ?? (await started(deps, signal));
    if (connected?.url !== url) connected = { url, queue: deps.connect(url) };
    return connected;
  }

  async function call<T>(context: CallContext, use: (queue: QueueApi) => Promise<T>): Promise<T> {
    const { url, queue } = await current(context.signal);
    try {
      return await use(queue);
    } catch (error) {
      if (!isAppError(error) || error.code !== 'queue_unreachable') throw error;
      // The queue went away in the middle. A process that dies stops answering a moment before the system counts it
      // as gone, so one look later tells whether it did. Every operation may be repeated: a new queue is asked once.
      await pause(context.signal);
      if (context.signal?.aborted || deps.locate() === url) throw error;
      return use((await current(context.signal)).queue);
    }
  }

  type AnyCall = (input: unknown, context: CallContext) => Promise<unknown>;
  const relayed = (key: OperationKey): AnyCall => {
    return (input, context) => call(context, (queue) => (queue[key] as AnyCall)(input, context));
  };
  const calls = Object.fromEntries((Object.keys(operations) as OperationKey[]).map((key) => [key, relayed(key)]));
  const addReceipt: QueueApi['addReceipt'] = async (upload, context) =>
    // An image is a stream that is read once: no second try.
    (await current(context.signal)).queue.addReceipt(upload, context);
  // Each entry passes on to the function of its own name.
  return { ...calls, addReceipt } as unknown as QueueApi;
}

/** @throws AppError `queue_unreachable` when no queue runs and none may be started, or it takes longer than a call may */
async function started({ locate, start, startLimitMs, hints }: RelayDeps, signal?: AbortSignal): Promise<string> {
  if (!start) {
    throw new AppError('queue_unreachable', 'No queue runs here, and this relay may not start one.', {
      hint: `Ask the person to run: ${hints.toStart}. Then call again.`,
    });
  }
  const giveUpAt = Date.now() + startLimitMs;
  let starting = start();
  for (;;) {
    await pause(signal);
    if (signal?.aborted) throw new AppError('queue_unreachable', 'The call ended before the queue was ready.');
    const url = locate();
    if (url !== undefined) return url;
    if (starting.hasFailed()) {
      // What was under way was the queue that has just died, and the system had not said so yet.
      if (!starting.isNew) {
        starting = start();
        continue;
      }
      throw new AppError('part_failed', 'The queue did not start.', {
        hint: `The reason stands in ${hints.startLog}. Mend it and call again.`,
      });
    }
    if (Date.now() < giveUpAt) continue;
    throw new AppError('queue_unreachable', 'The queue was started and is not ready yet.', {
      retryAfterS: 10,
      hint: `Call again. If it never gets ready, the reason stands in ${hints.startLog}.`,
    });
  }
}

/** Ends early, and quietly, when the caller has gone. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await delay(LOOK_EVERY_MS, undefined, signal ? { signal } : {}).catch(() => undefined);
}
