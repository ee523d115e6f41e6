import { setTimeout as delay } from 'node:timers/promises';
import { isLost, neverArrived } from '../src/client/cut.ts';
import { AppError } from '../src/contract/errors.ts';
import { isRepeatable } from '../src/contract/operation.ts';
import { type OperationKey, operations } from '../src/contract/operations.ts';
import type { CallContext } from '../src/contract/principal.ts';
import { callByKey, type QueueApi } from '../src/contract/queue-api.ts';
import { type StartingDeps, startedQueue } from './start-queue.ts';

export interface RelayDeps extends StartingDeps {
  /** The client of one address; its waits are not resumed by itself, since the queue may come back elsewhere. */
  readonly connect: (url: string) => QueueApi;
  /** How long a call is made again at an address that refuses it, while the queue restarts there. */
  readonly restartMs: number;
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

  async function current(context: CallContext): Promise<QueueApi> {
    const url = deps.locate() ?? (await startedQueue(deps, context));
    if (connected?.url !== url) connected = { url, queue: deps.connect(url) };
    return connected.queue;
  }

  async function call(key: OperationKey, input: unknown, context: CallContext): Promise<unknown> {
    const giveUpAt = Date.now() + deps.restartMs;
    let lost: unknown;
    do {
      const queue = await current(context);
      try {
        return await callByKey(queue, key, input, context);
      } catch (error) {
        if (!isLost(error) || context.signal?.aborted) throw error;
        // A queue that never saw the call may be given it in any case.
        if (!neverArrived(error) && !isRepeatable(operations[key], input)) throw unanswered(key, input, error);
        // Who waits for a job asks again by itself, with the time that is left.
        if (isWait(input)) throw error;
        lost = error;
      }
      // A process that dies stops answering a moment before the system counts it as gone.
      await delay(LOOK_EVERY_MS, undefined, context.signal ? { signal: context.signal } : {}).catch(() => undefined);
    } while (Date.now() < giveUpAt);
    throw lost;
  }

  const calls = Object.fromEntries(
    (Object.keys(operations) as OperationKey[]).map((key) => [
      key,
      (input: unknown, context: CallContext) => call(key, input, context),
    ]),
  );
  const addReceipt: QueueApi['addReceipt'] = async (upload, context) =>
    // An image is a stream that is read once: no second try.
    (await current(context)).addReceipt(upload, context);
  // Each entry passes on to the function of its own name.
  return { ...calls, addReceipt } as unknown as QueueApi;
}

function isWait(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'wait_seconds' in input && Number(input.wait_seconds) > 0;
}

/** The call may have been carried out: only a look can tell, and a second call could be paid a second time. */
function unanswered(key: OperationKey, input: unknown, cause: unknown): AppError {
  const { name } = operations[key];
  return new AppError('queue_unreachable', `The queue went away before it answered ${name}; it may have been done.`, {
    hint: `Look with get_job_status {"job_id":"${jobOf(input)}"} before you call ${name} again.`,
    cause,
  });
}

function jobOf(input: unknown): string {
  if (typeof input !== 'object' || input === null) return 'ocr-…';
  if ('job_id' in input) return String(input.job_id);
  return 'receipt_id' in input ? `ocr-${String(input.receipt_id)}` : 'ocr-…';
}
