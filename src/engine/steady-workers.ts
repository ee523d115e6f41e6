import { causeText } from '../contract/cause.ts';
import { type AppError, isAppError } from '../contract/errors.ts';
import { WORKER_RETURN } from '../contract/policies.ts';
import type { Log } from '../ports.ts';
import { engineErrorOf } from './engine-errors.ts';
import type { EngineWorkers } from './workers.ts';

export interface SteadyWorkers {
  /** What keeps this process from working for the engine; undefined while nothing does. */
  trouble(): AppError | undefined;
  /** Resolves after `stop`. @throws what is a fault of our own, and no trouble with the engine */
  run(): Promise<void>;
  stop(): void;
  /** Ends what works now, and tries anew: `open` says whether it may. */
  again(): void;
}

/**
 * Works for the engine until it is told to stop: an engine that is away, or refuses this program, is tried again. So
 * nobody restarts a worker, and none goes round in a circle of exits.
 * @param deps `open` connects and makes the workers; `close` ends the connection, after each end
 */
export function createSteadyWorkers(deps: {
  open(): Promise<EngineWorkers & { close(): Promise<void> }>;
  at: { address: string; namespace: string };
  log: Log;
  onChange(): void;
  /** Default: those of the table. */
  times?: { retryMs: number; sureMs: number };
}): SteadyWorkers {
  const { retryMs, sureMs } = deps.times ?? WORKER_RETURN;
  let trouble: AppError | undefined;
  let current: EngineWorkers | undefined;
  let pollsRefused = false;
  let stopped = false;
  let endPause = () => {};

  function become(next: AppError | undefined): void {
    const changed = next?.message !== trouble?.message;
    trouble = next;
    if (!changed) return;
    if (next) deps.log.warn({ code: next.code, message: next.message, cause: causeText(next) }, 'worker.refused');
    else deps.log.info({}, 'worker.let_in');
    deps.onChange();
  }

  async function workOnce(): Promise<void> {
    const workers = await deps.open();
    const sure = setTimeout(() => become(undefined), pollsRefused ? sureMs : 0);
    try {
      current = workers;
      const running = workers.run();
      if (stopped) workers.shutdown();
      await running;
    } catch (error) {
      pollsRefused = true;
      throw error;
    } finally {
      clearTimeout(sure);
      current = undefined;
      await workers.close();
    }
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, retryMs);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    trouble: () => trouble,
    async run() {
      while (!stopped) {
        try {
          await workOnce();
        } catch (thrown) {
          const error = engineErrorOf(thrown, deps.at);
          if (!isAppError(error) || !error.code.startsWith('engine_')) throw thrown;
          become(error);
        }
        if (!stopped) await pause();
      }
    },
    stop() {
      stopped = true;
      endPause();
      current?.shutdown();
    },
    again() {
      current?.shutdown();
    },
  };
}
