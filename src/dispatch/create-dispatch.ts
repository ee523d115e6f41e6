import { randomUUID } from 'node:crypto';
import type { AppError } from '../contract/errors.ts';
import { GATE, ROUNDS } from '../contract/policies.ts';
import { requestAllEngineChecks } from '../ledger/engine/engine-checks.ts';
import { forgetGate, type GateView, noteGate } from '../ledger/processes/gates.ts';
import { breakerRound } from './breaker.ts';
import type { DispatchDeps } from './deps.ts';
import { engineLeft } from './engine-left.ts';
import { engineRounds } from './engine-rounds.ts';
import { type EngineState, watchEngine } from './engine-watch.ts';
import { ledgerRounds } from './repairs.ts';
import { createRounds, type Round, type RoundLag } from './rounds.ts';
import { webhookRounds } from './webhooks.ts';

export interface Dispatch {
  /** Runs until `stop`: woken by notifications, and by timers in case one is lost. */
  start(): void;
  stop(): Promise<void>;
  /** What this process sees besides: of the agent, and of its workers, which may be refused where calls are not. */
  watch(seen: Seen): void;
  /** The queue has moved away from the engine of this process; undefined while it has not. */
  engineLeft(): AppError | undefined;
  /** What this process sees has changed: it is written down now. */
  lookAgain(): void;
  /** How this process sees the engine, and how late its rounds are. */
  health(): { readonly engine: EngineState; readonly lags: readonly RoundLag[] };
  /** One look at the engine, one round of starts, admission and commands; what timers do, for tests. */
  tick(): Promise<void>;
  /** One round of repairs in the ledger, and one comparison with the engine. */
  sweep(): Promise<void>;
}

interface Seen {
  readonly agent: () => GateView['agent'] | undefined;
  readonly workers: () => AppError | undefined;
  /** Told when the queue has moved away from the engine of this process. */
  readonly onLeft?: () => void;
}

/** Woken when something was queued, canceled or has ended. */
const WOKEN = ['admit', 'commands'] as const;

/**
 * The gate: any number of processes may hold one. It admits by owner, priority and window, hands over, carries out
 * cancels, and repairs; the ledger decides who does what.
 */
export function createDispatch(deps: DispatchDeps): Dispatch {
  const id = randomUUID();
  let started = false;
  let returned = false;
  let seen: Seen = { agent: () => null, workers: () => undefined };
  const engine = watchEngine(
    deps.engine,
    deps.log,
    () => {
      returned ||= engine.state() === 'ok';
      if (engine.left()) seen.onLeft?.();
      lookAgain();
    },
    (namespaceId) => engineLeft(deps.db.apart, namespaceId),
  );

  function lookAgain(): void {
    if (started) rounds.wake('gate');
  }

  function engineView(): GateView['engine'] {
    const state = engine.state();
    if (state === 'unknown') return null;
    const refused = state === 'ok' ? seen.workers() : undefined;
    const trouble = refused ?? engine.trouble();
    const words = { cause: trouble?.message ?? null, hint: trouble?.hint ?? null, id: engine.id() ?? null };
    if (!refused) return { state, ...words };
    return { state: refused.code === 'engine_misconfigured' ? 'misconfigured' : 'down', ...words };
  }

  async function noteState(): Promise<void> {
    await noteGate(deps.db.apart, {
      id,
      name: deps.name,
      engine: engineView(),
      agent: seen.agent() ?? null,
      late: started ? worstOf(rounds.lags()) : null,
    });
    if (started) rounds.wake('measure');
    if (!returned) return;
    // What was in flight may be lost, and is not left to wait for its turn to be compared.
    await requestAllEngineChecks(deps.db);
    returned = false;
    if (started) rounds.wake('unstarted', 'engine_checks', ...WOKEN);
  }

  const gate: Round = { name: 'gate', everyMs: GATE.gateBeatMs, run: noteState };
  const ofEngine = engineRounds({ ...deps, engine });
  const breaker = breakerRound(deps);
  const webhooks = webhookRounds(deps);
  const ofLedger = [breaker, ...ledgerRounds(deps), ...webhooks.rounds];
  const rounds = createRounds([...ofEngine, gate, ...ofLedger], deps.log, deps.telemetry?.metrics);
  const named = (...names: readonly string[]) => ofEngine.filter((round) => names.includes(round.name));
  const look = async (): Promise<void> => {
    if (engine.state() !== 'ok') await inTurn(named('engine'));
    await inTurn([gate]);
  };
  let unsubscribe = () => {};

  return {
    start() {
      started = true;
      unsubscribe = deps.notifier.subscribe((change) => {
        if (change.gate) rounds.wake(...WOKEN);
        if (webhooks.watched()) rounds.wake('webhooks');
      });
      rounds.start();
    },
    async stop() {
      started = false;
      unsubscribe();
      await rounds.stop();
      await forgetGate(deps.db, id).catch(() => {});
    },
    watch(given) {
      seen = given;
    },
    lookAgain,
    engineLeft: engine.left,
    health: () => ({ engine: engine.state(), lags: started ? rounds.lags() : [] }),
    async tick() {
      await look();
      await inTurn([breaker, ...named('unstarted', 'admit', 'commands')]);
      await inTurn([gate, ...ofLedger.filter((round) => round.name === 'measure')]);
    },
    async sweep() {
      await look();
      await inTurn([...ofLedger, ...named('engine_checks')]);
    },
  };
}

/** The round that is overdue for longest; null while none is by more than a slow run takes. */
function worstOf(lags: readonly RoundLag[]): GateView['late'] {
  const worst = lags.reduce<RoundLag | undefined>(
    (most, lag) => (most && most.lagMs >= lag.lagMs ? most : lag),
    undefined,
  );
  return worst && worst.lagMs >= ROUNDS.slowMs ? { round: worst.name, lagMs: worst.lagMs } : null;
}

/** Runs each, whatever the others meet. @throws the first error, when all have run */
async function inTurn(rounds: readonly Round[]): Promise<void> {
  const results: PromiseSettledResult<void>[] = [];
  for (const round of rounds) results.push(...(await Promise.allSettled([round.run()])));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
