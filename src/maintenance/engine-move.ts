import type { Moved, MovePlan, UnderWay } from '../contract/engine-report.ts';
import { AppError, isAppError } from '../contract/errors.ts';
import { generationIdOf, parseJobId } from '../contract/job.ts';
import { GATE } from '../contract/policies.ts';
import { createEngineClient, type EngineConfig } from '../engine/connection.ts';
import { findOpenRuns, terminateRun } from '../engine/open-runs.ts';
import { explainLine } from '../engine/secure-line.ts';
import { createTemporalEngine } from '../engine/temporal-engine.ts';
import type { Db } from '../ledger/db.ts';
import {
  endHold,
  holdForMove,
  leaveEngines,
  renumberAll,
  seenEngines,
  underWay,
} from '../ledger/engine/engine-move.ts';

/** What a move stands on. */
export interface MoveDeps {
  readonly db: Db;
  readonly ledgerId: string;
  readonly queueName: string;
  readonly workflowIdPrefix: string;
  readonly from: EngineConfig;
  readonly to: EngineConfig;
  /** How long calls of the agent may take to end before the move goes on without them. */
  readonly graceMs: number;
  /** Told as it goes. */
  readonly say: (line: string) => void;
}

const POLL_MS = 250;
/** Processes look at their engine every `GATE.engineLookMs`. */
const TOLD_MS = 3 * GATE.engineLookMs;

interface Side {
  readonly config: EngineConfig;
  readonly client: ReturnType<typeof createEngineClient>;
  readonly id: string | undefined;
}

async function reach({ queueName }: MoveDeps, config: EngineConfig): Promise<Side> {
  const client = createEngineClient(config);
  const engine = createTemporalEngine(client, {
    queueName,
    address: config.address,
    explain: () => explainLine(config),
  });
  try {
    return { config, client, id: (await engine.ping()).id };
  } catch (error) {
    await client.connection.close();
    throw error;
  }
}

/** An engine that is away for good is no reason to stay. */
async function reachOld(deps: MoveDeps): Promise<Side | undefined> {
  try {
    return await reach(deps, deps.from);
  } catch (error) {
    if (isAppError(error) && error.code.startsWith('engine_')) return undefined;
    throw error;
  }
}

/** Runs that somebody else has under ids of this queue would keep its jobs from starting. */
async function requireRoom({ ledgerId, workflowIdPrefix }: MoveDeps, to: Side): Promise<void> {
  for await (const run of findOpenRuns(to.client, to.config.address)) {
    if (run.ledgerId === ledgerId || !run.workflowId.startsWith(workflowIdPrefix)) continue;
    const job = parseJobId(run.workflowId.slice(workflowIdPrefix.length));
    if (!job) continue;
    throw new AppError(
      'invalid_argument',
      `Another queue has workflow ${run.workflowId} in the namespace "${to.config.namespace}" (job ${generationIdOf({ ...job, generation: job.generation ?? 1 })}).`,
      { hint: 'Name a namespace of this queue’s own with --to-namespace.' },
    );
  }
}

/**
 * Checks the target of a move; changes nothing.
 * @throws AppError engine_unavailable, engine_misconfigured of the target; invalid_argument where it cannot be one
 */
export async function planMove(deps: MoveDeps): Promise<MovePlan> {
  const to = await reach(deps, deps.to);
  try {
    const old = await reachOld(deps);
    await old?.client.connection.close();
    if (old?.id === to.id) {
      throw new AppError(
        'invalid_argument',
        `The queue is in namespace "${to.config.namespace}" of this Temporal already.`,
        {
          hint: 'Name another address or namespace.',
        },
      );
    }
    await requireRoom(deps, to);
    return {
      from: { address: deps.from.address, namespace: deps.from.namespace, reachable: old !== undefined },
      to: { address: deps.to.address, namespace: deps.to.namespace },
      under_way: await underWay(deps.db),
    };
  } finally {
    await to.client.connection.close();
  }
}

/**
 * Moves the queue to another Temporal. Each step may be repeated: a move that was broken off is finished by the next.
 * @throws as `planMove`, before anything is changed
 */
export async function moveEngine(deps: MoveDeps): Promise<Moved> {
  const plan = await planMove(deps);
  const { db, say } = deps;
  const to = await reach(deps, deps.to);
  const old = await reachOld(deps);
  try {
    await holdForMove(db, plan.to);
    say('Nothing is started any more; calls of the agent may end.');
    const left = await untilIdle(deps);
    const seen = await seenEngines(db);
    const known = [old?.id, ...seen.map((each) => each.engine_id)].filter((id) => id !== undefined && id !== null);
    await leaveEngines(db, known, { ...plan.to, id: to.id ?? '' });
    const jobs = await renumberAll(db);
    say(`${jobs} jobs were taken out of the old Temporal.`);
    const ended = old ? await endOldRuns(deps, old) : null;
    await untilTold(db, to.id);
    await endHold(db);
    const toRestart = (await seenEngines(db)).filter((each) => each.engine_id !== to.id).map(({ name }) => name);
    return { ...plan, jobs, ended_runs: ended, calls_left: left.calls, to_restart: toRestart };
  } finally {
    await to.client.connection.close();
    await old?.client.connection.close();
  }
}

async function untilIdle({ db, graceMs }: MoveDeps): Promise<UnderWay> {
  const endsAt = Date.now() + graceMs;
  let now = await underWay(db);
  while (now.calls + now.saves > 0 && Date.now() < endsAt) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    now = await underWay(db);
  }
  return now;
}

/** So that no workflow of the old engine acts when its workers come back. */
async function endOldRuns({ ledgerId, say }: MoveDeps, old: Side): Promise<number | null> {
  let ended = 0;
  try {
    for await (const run of findOpenRuns(old.client, old.config.address)) {
      if (run.ledgerId !== ledgerId) continue;
      await terminateRun(old.client, run, 'The queue has moved to another Temporal.', old.config.address);
      ended += 1;
    }
    return ended;
  } catch (error) {
    if (!isAppError(error)) throw error;
    say('The old Temporal is away. What it still has does nothing when it comes back.');
    return null;
  }
}

/** Until every process that is alive has seen that its engine was left, or has gone. */
async function untilTold(db: Db, target: string | undefined): Promise<void> {
  const endsAt = Date.now() + TOLD_MS;
  const unaware = async () =>
    (await seenEngines(db)).some(({ knows, state, engine_id }) => state === 'ok' && !knows && engine_id !== target);
  while ((await unaware()) && Date.now() < endsAt) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
