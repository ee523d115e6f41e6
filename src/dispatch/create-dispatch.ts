import { toAppError } from '../contract/errors.ts';
import { GATE } from '../contract/policies.ts';
import { type AdmittedRun, admit, claimUnstarted } from '../ledger/gate.ts';
import { noteEngine } from '../ledger/queue-state.ts';
import { requestAllEngineChecks } from '../ledger/sweep.ts';
import { carryOutCommands } from './commands.ts';
import type { DispatchDeps } from './deps.ts';
import { startRun } from './start-run.ts';
import { checkEngine, sweepLedger } from './sweep.ts';

/** Starts that are under way at once; each is one call of the engine. */
const PARALLEL_STARTS = 16;

export interface Dispatch {
  /** Runs until `stop`: woken by notifications, and by timer in case one is lost. */
  start(): void;
  stop(): Promise<void>;
  /** One round of admit, start and commands; what a timer does, for tests. */
  tick(): Promise<void>;
  /** One sweep of the ledger and one comparison with the engine. */
  sweep(): Promise<void>;
}

/**
 * The gate: any number of processes may hold one. It admits by owner, priority and window, hands over, carries out
 * cancels, and repairs; the ledger decides who does what.
 */
export function createDispatch(deps: DispatchDeps): Dispatch {
  let engineOk: boolean | undefined;

  async function noteEngineState(ok: boolean): Promise<void> {
    if (engineOk === ok) return;
    engineOk = ok;
    deps.log[ok ? 'info' : 'warn']({}, ok ? 'engine.reachable' : 'engine.unreachable');
    await noteEngine(deps.db, ok);
    if (ok) await requestAllEngineChecks(deps.db);
  }

  /** Engine work; when the engine is away it is noted, and everything waits in the ledger. */
  async function withEngine(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      await noteEngineState(true);
    } catch (error) {
      if (toAppError(error).code !== 'engine_unavailable') throw error;
      await noteEngineState(false);
    }
  }

  async function startAll(runs: readonly AdmittedRun[]): Promise<void> {
    const waiting = [...runs];
    const lanes = Array.from({ length: Math.min(PARALLEL_STARTS, waiting.length) }, async () => {
      for (let run = waiting.shift(); run; run = waiting.shift()) await startRun(deps, run);
    });
    const results = await Promise.allSettled(lanes);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async function tick(): Promise<void> {
    await withEngine(async () => {
      // While the engine is away nothing is let into its window: what waits keeps its place, its priority, its cancel.
      if (engineOk !== true) await deps.engine.ping();
      await startAll(await claimUnstarted(deps.db, GATE.maxWindow));
      const admitted = await admit(deps.db, { ownerWindow: deps.ownerWindow });
      if (admitted.length > 0) {
        deps.notifier.changed(admitted.map((run) => run.receiptId));
        await startAll(admitted);
      }
      await carryOutCommands(deps);
    });
  }

  async function sweep(): Promise<void> {
    await sweepLedger(deps);
    await withEngine(() => checkEngine(deps));
  }

  const rounds = [repeat(tick, GATE.tickMs), repeat(sweep, GATE.sweepEveryMs)];
  const [ticking] = rounds;
  let unsubscribe = () => {};

  /** Runs `work` in rounds, never two at once; a wake during a round makes another round follow it. */
  function repeat(work: () => Promise<void>, everyMs: number) {
    let timer: NodeJS.Timeout | undefined;
    let running: Promise<void> | undefined;
    let again = false;
    let stopped = false;

    async function round(): Promise<void> {
      clearTimeout(timer);
      try {
        await work();
      } catch (error) {
        const { code, cause } = toAppError(error);
        deps.log.warn({ code, cause: cause instanceof Error ? cause.message : undefined }, 'dispatch.round_failed');
      }
      running = undefined;
      if (stopped) return;
      if (again) wake();
      else timer = setTimeout(wake, everyMs);
    }
    function wake(): void {
      if (stopped) return;
      if (running !== undefined) {
        again = true;
        return;
      }
      again = false;
      running = round();
    }
    return {
      wake,
      async stop() {
        stopped = true;
        clearTimeout(timer);
        await running;
      },
    };
  }

  return {
    start() {
      unsubscribe = deps.notifier.subscribe((change) => {
        if (change.gate) ticking?.wake();
      });
      for (const each of rounds) each.wake();
    },
    async stop() {
      unsubscribe();
      await Promise.all(rounds.map((each) => each.stop()));
    },
    tick,
    sweep,
  };
}
