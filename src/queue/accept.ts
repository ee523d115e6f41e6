import { isAppError } from '../contract/errors.ts';
import type { Db } from '../ledger/db.ts';
import { type EnqueuedJob, enqueueEach } from '../ledger/enqueue-each.ts';
import type { EnqueueRequest } from '../ledger/enqueue-rule.ts';
import { shareCalls } from './share-calls.ts';

/** Accepts one receipt, or says why not. */
export type Accept = (request: EnqueueRequest) => Promise<EnqueuedJob>;

/** Many callers at once cost few commits: those who arrive while two statements are under way share the next one. */
export function createAccept(db: Db): Accept {
  return shareCalls((requests: readonly EnqueueRequest[]) => enqueueEach(db.as(requests[0]?.tenant ?? ''), requests), {
    keyOf: ({ receiptId }) => receiptId,
    groupOf: ({ tenant }) => tenant,
    maxItems: 64,
    maxCalls: 2,
    isForAll: (error) => isAppError(error) && error.code === 'ledger_unavailable',
  });
}
