import type { EventKind } from '../contract/events.ts';
import type { AskedJob } from '../contract/job.ts';
import type { FeedEvent } from '../ledger/feed.ts';

/** Whose events, and of what: all that is named must be so. */
export interface FeedFilter {
  readonly tenant: string;
  /** Of this user, and what concerns every user of the tenant. */
  readonly userId?: number | undefined;
  readonly batchId?: string | undefined;
  /** Without a generation: all of them. */
  readonly job?: AskedJob | undefined;
  readonly kinds?: ReadonlySet<EventKind> | undefined;
}

/** An event with this user is of the whole tenant. */
const EVERYBODY = 0;

export function matches(event: FeedEvent, { tenant, userId, batchId, job, kinds }: FeedFilter): boolean {
  return (
    event.tenant === tenant &&
    (userId === undefined || event.userId === userId || event.userId === EVERYBODY) &&
    (batchId === undefined || event.batchId === batchId) &&
    (job === undefined || isOf(event, job)) &&
    (kinds === undefined || kinds.has(event.kind))
  );
}

function isOf({ job }: FeedEvent, { kind, subject, generation }: AskedJob): boolean {
  return (
    job !== null &&
    job.kind === kind &&
    job.subject === subject &&
    (generation === undefined || job.generation === generation)
  );
}
