import { causeText } from '../contract/cause.ts';
import { AppError, toAppError } from '../contract/errors.ts';
import { GATE } from '../contract/policies.ts';
import type { Engine, Log } from '../ports.ts';

/** How the engine is, as this process sees it. */
export type EngineState = 'unknown' | 'ok' | 'down' | 'misconfigured';

export interface WatchedEngine extends Engine {
  state(): EngineState;
  /** Whether runs can be handed over. Where only a start was refused, only the next one tells whether that has passed. */
  takesRuns(): boolean;
  /** The id of the namespace that was reached last. */
  id(): string | undefined;
  /** The queue has moved away from this engine, and where to. */
  left(): AppError | undefined;
  /** What is wrong, in our words; undefined while nothing is. */
  trouble(): AppError | undefined;
}

/**
 * Gives every call a deadline of its own, and derives from what they meet how the engine is. Only ping and start decide:
 * a slow comparison of one run says nothing about the others.
 * @param onChange after each change of state
 * @param leftFor tells whether the queue has moved away from a namespace, by its id
 */
export function watchEngine(
  engine: Engine,
  log: Log,
  onChange: () => void,
  leftFor: (id: string) => Promise<AppError | undefined>,
): WatchedEngine {
  let state: EngineState = 'unknown';
  let trouble: AppError | undefined;
  /** A start was refused for how Temporal is set up: an answered ping does not mend that, a start does. */
  let startRefusedAt: number | undefined;
  let refusedInARow = 0;
  let pingRefused = false;
  let id: string | undefined;
  let left: AppError | undefined;

  function become(next: EngineState, error?: AppError): void {
    const changed = next !== state || error?.message !== trouble?.message;
    [state, trouble] = [next, error];
    if (!changed) return;
    const met = next === 'misconfigured' ? 'engine.misconfigured' : 'engine.down';
    if (error) log.warn({ code: error.code, message: error.message, cause: causeText(error) }, met);
    else log.info({}, 'engine.reachable');
    onChange();
  }

  function met(call: 'ping' | 'start', thrown: unknown): unknown {
    const error = toAppError(thrown);
    if (error.code === 'engine_unavailable') become('down', error);
    if (error.code === 'engine_misconfigured') {
      if (call === 'start') startRefusedAt = Date.now();
      else pingRefused = true;
      become('misconfigured', error);
    }
    return thrown;
  }

  /** The engine's own deadline comes first; this one holds when even that hangs. */
  async function withDeadline<T>(call: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new AppError('engine_unavailable', `${engine.place} did not answer in time.`, { retryAfterS: 5 })),
        GATE.engineDeadlineMs,
      );
    });
    try {
      return await Promise.race([call, over]);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    place: engine.place,
    state: () => state,
    takesRuns: () => state === 'ok' || (state === 'misconfigured' && !pingRefused),
    id: () => id,
    left: () => left,
    trouble: () => trouble,

    async ping() {
      const answered = await withDeadline(engine.ping()).catch((error: unknown) => {
        throw met('ping', error);
      });
      left = await leftFor(answered.id);
      id = answered.id;
      if (left) throw met('ping', left);
      pingRefused = false;
      if (startRefusedAt !== undefined && Date.now() - startRefusedAt < GATE.believeRefusalMs) return answered;
      startRefusedAt = undefined;
      become('ok');
      return answered;
    },

    async start(run, options) {
      try {
        const started = await withDeadline(engine.start(run, options));
        refusedInARow = 0;
        startRefusedAt = undefined;
        become('ok');
        return started;
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code !== 'engine_refused' || ++refusedInARow < GATE.refusalsThatMeanSetup) throw met('start', thrown);
        // Several different runs refused, and none accepted between them: it is not about these runs.
        throw met('start', new AppError('engine_misconfigured', error.message, { cause: error.cause ?? error }));
      }
    },

    describe: (workflowId) => withDeadline(engine.describe(workflowId)),
    cancel: (run) => withDeadline(engine.cancel(run)),
  };
}
