import { AppError } from '../contract/errors.ts';
import type { Principal } from '../contract/principal.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import { pauseQueue, resumeQueue } from '../ledger/queue-state.ts';
import type { QueueDeps } from './deps.ts';
import { pauseOf } from './queue-info.ts';

function requireAdmin(principal: Principal): void {
  if (!principal.scopes.has('queue:admin')) {
    throw new AppError('forbidden', 'Pausing and resuming the queue needs scope queue:admin.');
  }
}

export function createPauseQueue(deps: QueueDeps): QueueApi['pauseQueue'] {
  return async (input, { principal }) => {
    requireAdmin(principal);
    const state = await pauseQueue(deps.db, `user ${principal.user}`, input.reason);
    return { name: deps.queueName, paused: pauseOf(state), changed: state.changed };
  };
}

export function createResumeQueue(deps: QueueDeps): QueueApi['resumeQueue'] {
  return async (_input, { principal }) => {
    requireAdmin(principal);
    const changed = await resumeQueue(deps.db);
    if (changed) deps.notifier.changed([], { gate: true });
    return { name: deps.queueName, paused: null, changed };
  };
}
