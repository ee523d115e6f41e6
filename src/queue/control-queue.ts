import { pauseQueue, resumeQueue } from '../ledger/caps.ts';
import type { HandlerDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';
import { pauseOf } from './queue-info.ts';

export function createPauseQueue(deps: HandlerDeps): Handlers['pauseQueue'] {
  return async ({ reason }, { principal, db, tenant }) => {
    const state = await pauseQueue(db, tenant, `user ${principal.user}`, reason);
    return { name: deps.queueName, paused: pauseOf(state), changed: state.changed };
  };
}

export function createResumeQueue(deps: HandlerDeps): Handlers['resumeQueue'] {
  return async (_input, { db, tenant }) => {
    const changed = await resumeQueue(db, tenant);
    if (changed) deps.notifier.changed([], { gate: true });
    return { name: deps.queueName, paused: null, changed };
  };
}
