import type { Feed } from '../feed/create-feed.ts';
import type { Db } from '../ledger/db.ts';
import type { Notifier } from '../ledger/notify.ts';
import type { Blobs } from '../ports.ts';

/** What the use cases stand on. */
export interface QueueDeps {
  readonly db: Db;
  readonly notifier: Notifier;
  readonly feed: Pick<Feed, 'listen'>;
  readonly blobs: Blobs;
  /** Which ledger this is: one for all processes of a queue. */
  readonly ledgerId: string;
  /** The queue's name in answers and task queues. */
  readonly queueName: string;
  readonly workflowIdPrefix: string;
}
