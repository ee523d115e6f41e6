import { isTerminal } from '../../../src/contract/job.ts';
import { call } from '../../api/call.ts';
import type { FoundJob } from './why.ts';

export type SelectionAction = 'cancel' | 'retry';

interface ActionRow {
  readonly verb: string;
  /** "3 jobs canceled". */
  readonly past: string;
  readonly what: string;
  /** Why it is off where it fits none of the selected jobs. */
  readonly none: string;
  readonly isDanger?: true;
  readonly fits: (job: FoundJob) => boolean;
  readonly act: (jobId: string) => Promise<unknown>;
}

/** What can be done to selected jobs. */
export const SELECTION_ACTIONS: Readonly<Record<SelectionAction, ActionRow>> = {
  cancel: {
    verb: 'Cancel',
    past: 'canceled',
    what: 'Waiting jobs end at once; running calls of the agent are aborted within 10 seconds.',
    none: 'All of them have ended.',
    isDanger: true,
    fits: ({ status }) => !isTerminal(status),
    act: (job_id) => call('cancelJob', { job_id }),
  },
  retry: {
    verb: 'Retry',
    past: 'queued again',
    what: 'Each runs again as a new generation of its receipt.',
    none: 'None of them has failed or was canceled.',
    fits: ({ status }) => status === 'failed' || status === 'canceled',
    act: (job_id) => call('retryJob', { job_id }),
  },
};
