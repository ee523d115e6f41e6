import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createActivities } from '../activities/index.ts';
import { createRunningJobs } from '../activities/running-jobs.ts';
import { createHttpAgent } from './agent/http-agent.ts';
import { createLostCalls } from './agent/lost-calls.ts';
import { observedAgent } from './agent/observed.ts';
import { type AgentProbe, createAgentProbe } from './agent/probe.ts';
import { createImageUrl } from './blobs/image-url.ts';
import type { Composed, WorkerSettings } from './compose.ts';
import { AGENT_PROBE } from './contract/breaker-policy.ts';
import { partsOf } from './contract/worker-role.ts';
import { createSteadyWorkers } from './engine/steady-workers.ts';
import { connectWorkers, createEngineWorkers, requirePolls } from './engine/workers.ts';
import { claimLook, noteHealthy } from './ledger/breaker/breaker.ts';
import type { GateView } from './ledger/processes/gates.ts';
import type { Agent, Log } from './ports.ts';
import { createWorkerLife, type WorkerLife } from './worker-life.ts';

/** A worker: runs workflows, calls the agent, or both, and holds a gate of its own. */
export interface ComposedWorker {
  /** Resolves when its row is there, or when it is known why Temporal does not let it work. */
  readonly settled: Promise<void>;
  /** Calls of the agent that it has under way, and can make at once. */
  calls(): { readonly inFlight: number; readonly slots: number };
  /** Resolves after `stop`, when all that ran has finished or was handed back. */
  run(): Promise<void>;
  stop(): void;
}

/**
 * @param agent in place of the HTTP one, for tests
 */
export function composeWorker(settings: WorkerSettings, log: Log, base: Composed, agent?: Agent): ComposedWorker {
  const { engine } = settings;
  const id = randomUUID();
  const name = settings.workerName ?? `${hostname()}-${process.pid}`;
  const running = createRunningJobs();
  const callsAgent = partsOf(settings.workerRole).includes('agent');
  let life: WorkerLife | undefined;
  let settle = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  // An agent that a test hands in has no address.
  const probe =
    agent === undefined && callsAgent
      ? createAgentProbe(settings.agentUrl, {
          log,
          isBusy: () => running.ids().length > 0,
          onChange: () => base.dispatch.lookAgain(),
          mayLook: () => claimLook(base.db.apart).catch(() => false),
          onLook(found) {
            // A ledger that is away hears it with the next look.
            if (found.isWell) noteHealthy(base.db.apart).catch(() => {});
            return lost.looked(found);
          },
        })
      : undefined;
  const called = observedAgent(agent ?? createHttpAgent({ url: settings.agentUrl }), base.telemetry);
  const lost = createLostCalls(called, {
    settleMs: AGENT_PROBE.settleMs,
    now: Date.now,
    onAnswer: () => probe?.answered(),
  });
  const activities = createActivities({
    db: base.db,
    notifier: base.notifier,
    telemetry: base.telemetry,
    agent: lost.agent,
    log,
    worker: { id, name },
    ledgerId: base.ledgerId,
    workflowIdPrefix: settings.workflowIdPrefix,
    running,
    attemptTimeoutMs: settings.attemptTimeoutMs,
    ownsImage: base.blobs.owns,
    imageUrl: createImageUrl(base.blobs, settings.attemptTimeoutMs),
    defaultCurrency: settings.defaultCurrency,
    prices: settings.prices,
  });

  /** Workers that have been refused once are made anew when they can work. */
  let isAgain = false;

  async function open() {
    const left = base.dispatch.engineLeft();
    if (left) throw left;
    if (isAgain) await requirePolls(base.client, engine, settings.queueName);
    isAgain = true;
    const line = await connectWorkers(engine);
    try {
      const workers = await createEngineWorkers({
        connection: line.connection,
        namespace: engine.namespace,
        payloadKeys: engine.payloadKeys,
        queueName: settings.queueName,
        identity: name,
        activities,
        role: settings.workerRole,
        build: settings.workerBuild,
        agentSlots: settings.agentSlots,
        workflows: settings.workflows,
        shutdownGraceMs: settings.shutdownGraceMs,
      });
      // Its row counts slots: it is there only while they can be used.
      const row = createWorkerLife({
        db: base.db,
        notifier: base.notifier,
        log,
        worker: {
          id,
          name,
          role: settings.workerRole,
          slots: callsAgent ? settings.agentSlots : 0,
          buildId: settings.workerBuild?.id,
        },
        running,
      });
      life = row;
      await row.begin();
      settle();
      const close = async () => {
        await row.end();
        await line.close();
      };
      return { ...workers, close };
    } catch (error) {
      await line.close();
      throw error;
    }
  }

  const onChange = () => {
    settle();
    base.dispatch.lookAgain();
  };
  const workers = createSteadyWorkers({ open, at: engine, log, onChange });
  return {
    settled,
    calls: () => ({ inFlight: called.inFlight(), slots: callsAgent ? settings.agentSlots : 0 }),
    async run() {
      probe?.start();
      base.dispatch.watch({
        agent: () => probe && agentViewOf(probe),
        workers: workers.trouble,
        onLeft: workers.again,
      });
      base.dispatch.start();
      try {
        await workers.run();
      } finally {
        await probe?.stop();
      }
    },
    stop() {
      life?.stopping();
      workers.stop();
    },
  };
}

function agentViewOf(probe: AgentProbe): GateView['agent'] {
  const trouble = probe.trouble();
  if (trouble === undefined) return null;
  return { state: trouble === null ? 'ok' : 'down', cause: trouble };
}
