import type { HandlerDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';
import { createPreviewed } from './previewed.ts';

export function createCancelJobs(deps: HandlerDeps): Handlers['cancelJobs'] {
  const previewed = createPreviewed(deps, 'cancel_jobs', { waits: true });
  return async (input, caller) => {
    const told = await previewed(input, caller);
    if ('bulk' in told) return { written: told.bulk.written ?? undefined, bulk: told.bulk };
    const { total, told: far } = told.preview;
    const { uncalled = 0, aborting = 0 } = far;
    return { ...told.answer, written: { uncalled, aborting, called: total - uncalled - aborting } };
  };
}
