import { pauseQueue, resumeQueue } from '../ledger/caps.ts';
import type { QueueDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';
import { pauseOf } from './queue-info.ts';

export function createPauseQueue(deps: QueueDeps): Handlers['pauseQueue'] {
  return async ({ reason }, { principal, tenant }) => {
    const state = await pauseQueue(deps.db.as(tenant), tenant, `user ${principal.user}`, reason);
    return { name: deps.queueName, paused: pauseOf(state), changed: state.changed };
  };
}

export function createResumeQueue(deps: QueueDeps): Handlers['resumeQueue'] {
  return async (_input, { tenant }) => {
    const changed = await resumeQueue(deps.db.as(tenant), tenant);
    if (changed) deps.notifier.changed([], { gate: true });
    return { name: deps.queueName, paused: null, changed };
  };
}
