import { toAppError } from '../contract/errors.ts';
import { GATE } from '../contract/policies.ts';
import { admit } from '../ledger/admission.ts';
import type { AdmittedRun } from '../ledger/admitted-run.ts';
import { claimEngineChecks } from '../ledger/engine/engine-checks.ts';
import { claimUnstarted } from '../ledger/gate.ts';
import { carryOutCommands } from './commands.ts';
import type { GateDeps } from './deps.ts';
import { eachApart } from './each-apart.ts';
import { reconcile } from './reconcile.ts';
import type { Round } from './rounds.ts';
import { startRun } from './start-run.ts';

/** Starts that are under way at once; each is one call of the engine. */
const PARALLEL_STARTS = 16;
const PARALLEL_CHECKS = 10;
const CHECKS = 50;

/**
 * What needs the engine. While it is away these do nothing: nothing is let into its window, and what waits keeps its
 * place, its priority and its cancel.
 */
export function engineRounds(deps: GateDeps): Round[] {
  const { engine } = deps;

  /** An engine that is set up wrongly is tried with one run at a time: whether it is well again, only a start tells. */
  const limit = () => (engine.state() === 'misconfigured' ? 1 : GATE.maxWindow);
  const whileThere = (work: () => Promise<void>) => async () => {
    if (engine.takesRuns()) await forgiving(work);
  };

  async function startAll(runs: readonly AdmittedRun[]): Promise<void> {
    await eachApart(PARALLEL_STARTS, runs, async (run) => {
      // What the first of them met, the others would meet too; they stay admitted and are claimed again.
      if (engine.state() !== 'down') await startRun(deps, run);
    });
  }

  return [
    {
      name: 'engine',
      everyMs: () => (engine.state() === 'ok' ? GATE.engineLookMs : GATE.tickMs),
      run: () => forgiving(async () => void (await engine.ping())),
    },
    {
      name: 'unstarted',
      everyMs: GATE.tickMs,
      run: whileThere(async () => startAll(await claimUnstarted(deps.db, limit()))),
    },
    {
      name: 'admit',
      everyMs: GATE.tickMs,
      run: whileThere(async () => {
        const admitted = await admit(deps.db, limit());
        if (admitted.length === 0) return;
        deps.notifier.changed(admitted.map((run) => run.subject));
        await startAll(admitted);
      }),
    },
    { name: 'commands', everyMs: GATE.tickMs, run: whileThere(() => carryOutCommands(deps)) },
    {
      name: 'engine_checks',
      everyMs: GATE.sweepEveryMs,
      run: whileThere(async () => {
        const until = Date.now() + GATE.engineChecksMs;
        await eachApart(PARALLEL_CHECKS, await claimEngineChecks(deps.db, CHECKS), (run) => check(deps, run), until);
      }),
    },
  ];
}

/** Compares one job in flight with the engine: finds files that were lost, and what a person did there. */
async function check(deps: GateDeps, run: Parameters<typeof reconcile>[1]): Promise<void> {
  const next = await reconcile(deps, run);
  if (next) await startRun(deps, next);
}

/** That the engine is away or set up wrongly is its state, which is said once and not by every round. */
async function forgiving(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code } = toAppError(error);
    if (code !== 'engine_unavailable' && code !== 'engine_misconfigured') throw error;
  }
}
