import { type AgentRead, createCallAgent } from './call-agent.ts';
import type { ActivityDeps } from './deps.ts';
import { forOwnRuns } from './own-run.ts';
import { createSaveResult } from './save-result.ts';
import { createUpdateStatus } from './update-status.ts';

/** What the workflow may do to the world. It imports only the type of this. */
export function createActivities(deps: ActivityDeps) {
  const notCurrent = (reason: string) => ({ current: false, reason }) as const;
  const noReading = (reason: string): AgentRead => ({ kind: 'not_current', reason });
  return {
    updateStatus: forOwnRuns(deps, createUpdateStatus(deps), notCurrent),
    callAgent: forOwnRuns(deps, createCallAgent(deps), noReading),
    saveResult: forOwnRuns(deps, createSaveResult(deps), notCurrent),
  };
}

export type Activities = ReturnType<typeof createActivities>;
