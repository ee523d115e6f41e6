import { isAppError } from '../contract/errors.ts';
import { jobIdOf } from '../contract/job.ts';
import { NO_TELEMETRY, type Telemetry } from '../contract/telemetry.ts';
import type { Db } from '../ledger/db.ts';
import { type EnqueuedJob, enqueueEach } from '../ledger/enqueue/enqueue-each.ts';
import type { EnqueueRequest } from '../ledger/enqueue/enqueue-rule.ts';
import { coalesceCalls } from './coalesce-calls.ts';

/** Accepts a job about one subject, or says why not. */
export type Accept = (kind: string, request: EnqueueRequest) => Promise<EnqueuedJob>;

/** Many callers at once cost few commits: those who arrive while two statements are under way share the next one. */
export function createAccept(db: Db, { tracing }: Telemetry = NO_TELEMETRY): Accept {
  const accept = coalesceCalls(
    (asked: readonly Asked[]) => enqueueEach(db.as(asked[0]?.tenant ?? ''), asked[0]?.kind ?? '', asked),
    {
      keyOf: ({ kind, subject }) => jobIdOf({ kind, subject }),
      groupOf: ({ kind, tenant }) => `${kind} of ${tenant}`,
      maxItems: 64,
      maxCalls: 2,
      isForAll: (error) => isAppError(error) && error.code === 'ledger_unavailable',
    },
  );
  // Those that start later are few; they come alone, so that the statement of the others stays as short as it is.
  return async (kind, asked) => {
    const traceparent = tracing.current();
    const request = traceparent === undefined ? asked : { ...asked, traceparent };
    if (!request.later) return accept({ kind, ...request });
    const [entry] = await enqueueEach(db.as(request.tenant), kind, [request]);
    if (!entry) throw new Error('an accepted call was left without its answer');
    return entry;
  };
}

type Asked = EnqueueRequest & { readonly kind: string };
