import { AppError } from '../contract/errors.ts';
import { tryAgentNow } from '../ledger/breaker/breaker.ts';
import { pauseQueue, resumeQueue } from '../ledger/caps.ts';
import type { Caller } from './caller.ts';
import type { HandlerDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';
import { pauseOf } from './queue-info.ts';

/** One's own jobs anybody may pause (`callerOf` has checked whose they are); the whole queue only who runs it. */
function requireOwn({ principal }: Caller, userId: number | undefined): void {
  if (userId !== undefined || principal.scopes.has('queue:admin')) return;
  throw new AppError('forbidden', 'The whole queue needs scope queue:admin.', {
    hint: 'Name your own user_id to pause or resume your own jobs.',
  });
}

export function createPauseQueue(deps: HandlerDeps): Handlers['pauseQueue'] {
  return async ({ reason, user_id }, caller) => {
    requireOwn(caller, user_id);
    const { principal, db, tenant } = caller;
    const state = await pauseQueue(db, tenant, user_id, `user ${principal.user}`, reason);
    return { name: deps.queueName, user_id: user_id ?? null, paused: pauseOf(state), changed: state.changed };
  };
}

export function createResumeQueue(deps: HandlerDeps): Handlers['resumeQueue'] {
  return async ({ user_id }, caller) => {
    requireOwn(caller, user_id);
    const changed = await resumeQueue(caller.db, caller.tenant, user_id);
    // An operator has mended the agent, perhaps: it is tried without waiting for the next probe.
    const tried = user_id === undefined && (await tryAgentNow(caller.db));
    if (changed || tried) deps.notifier.changed([], { gate: true });
    return { name: deps.queueName, user_id: user_id ?? null, paused: null, changed };
  };
}
