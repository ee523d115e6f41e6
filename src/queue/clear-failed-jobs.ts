import type { HandlerDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';
import { createPreviewed } from './previewed.ts';

export function createClearFailedJobs(deps: HandlerDeps): Handlers['clearFailedJobs'] {
  const previewed = createPreviewed(deps, 'clear_failed_jobs', { waits: true });
  return async (input, caller) => {
    const told = await previewed(input, caller);
    return 'bulk' in told ? { cleared: told.bulk.done, bulk: told.bulk } : told.answer;
  };
}
