import { AppError } from '../../src/contract/errors.ts';
import type { Engine, EngineRun, RunSpec } from '../../src/ports.ts';

export interface FakeEngine extends Engine {
  /** Everything that was started, in order. */
  readonly started: RunSpec[];
  /** Workflow ids of the cancels, in order. */
  readonly canceled: string[];
  /** What `describe` answers, by workflow id; kept up by `start`. */
  readonly known: Map<string, EngineRun>;
  /** Set to make every call fail as an engine does that is away. */
  away: boolean;
}

/** An engine that only remembers: for the gate's tests, where what executes does not matter. */
export function fakeEngine(): FakeEngine {
  const known = new Map<string, EngineRun>();
  const started: RunSpec[] = [];
  const canceled: string[] = [];
  const engine: FakeEngine = {
    place: 'The engine',
    started,
    canceled,
    known,
    away: false,
    async start(run, { again }) {
      refuse();
      const before = known.get(run.workflowId);
      if (before && !again) return { kind: 'exists' };
      started.push(run);
      const engineRunId = `engine-run-${started.length}`;
      known.set(run.workflowId, {
        kind: 'known',
        open: true,
        status: 'running',
        ledgerId: run.ledgerId,
        runNo: run.runNo,
        engineRunId,
        paused: false,
        stuck: null,
      });
      return { kind: 'started', engineRunId };
    },
    async describe(workflowId) {
      refuse();
      return known.get(workflowId) ?? { kind: 'absent' };
    },
    async cancel({ workflowId, engineRunId }) {
      refuse();
      const run = known.get(workflowId);
      if (run?.kind === 'known' && run.engineRunId === engineRunId) canceled.push(workflowId);
    },
    async ping() {
      refuse();
      return { id: 'fake' };
    },
  };
  function refuse(): void {
    if (engine.away) throw new AppError('engine_unavailable', 'The engine is away.');
  }
  return engine;
}
