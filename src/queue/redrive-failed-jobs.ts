import type { HandlerDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';
import { createPreviewed } from './previewed.ts';

/** What was there before goes first: what failed once can wait. */
const DEFAULT_PRIORITY = 'low';

export function createRedriveFailedJobs(deps: HandlerDeps): Handlers['redriveFailedJobs'] {
  const previewed = createPreviewed(deps, 'redrive_failed_jobs', { waits: false });
  return async (input, caller) => {
    const isPreview = input.confirm_token === undefined;
    const told = await previewed(isPreview ? { priority: DEFAULT_PRIORITY, ...input } : input, caller);
    return 'bulk' in told ? { bulk: told.bulk } : told.answer;
  };
}
