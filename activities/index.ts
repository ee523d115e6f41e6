import { createCallAgent } from './call-agent.ts';
import type { ActivityDeps } from './deps.ts';
import { createSaveResult } from './save-result.ts';
import { createUpdateStatus } from './update-status.ts';

/** What the workflow may do to the world. It imports only the type of this. */
export function createActivities(deps: ActivityDeps) {
  return {
    updateStatus: createUpdateStatus(deps),
    callAgent: createCallAgent(deps),
    saveResult: createSaveResult(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
