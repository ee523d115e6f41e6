import type { Prices } from '../contract/cost.ts';
import type { CallRates } from '../contract/rate-policies.ts';
import type { Telemetry } from '../contract/telemetry.ts';
import type { Feed } from '../feed/create-feed.ts';
import type { Db } from '../ledger/db.ts';
import type { Notifier } from '../ledger/notify.ts';
import type { Blobs, Cropper } from '../ports.ts';
import type { Webhooks } from '../webhooks/create-webhooks.ts';
import type { Stage } from './stage.ts';

/** What handlers stand on; the database they get with each caller, open for the caller's tenant only. */
export interface HandlerDeps {
  readonly notifier: Notifier;
  readonly telemetry?: Telemetry | undefined;
  readonly blobs: Omit<Blobs, 'signedUrl'>;
  readonly cropper: Cropper;
  /** What a call costs where its agent does not say. */
  readonly prices: Prices;
  /** The queue's name in answers and task queues. */
  readonly queueName: string;
  readonly workflowIdPrefix: string;
  readonly webhooks: Pick<Webhooks, 'rules' | 'tryNow'>;
  /** How long jobs are kept that have ended; 0: for ever. */
  readonly retention: { readonly resultTtlS: number; readonly failureTtlS: number };
}

/** What the queue is made of. */
export interface QueueDeps extends HandlerDeps {
  /** Open for all tenants. */
  readonly db: Db;
  readonly feed: Pick<Feed, 'listen' | 'end' | 'positionOf' | 'cursorOf' | 'subscribe'>;
  /** Records who did what; absent: nobody does. */
  readonly audited?: Stage | undefined;
  /** How often callers may call; absent: as usual. */
  readonly rates?: CallRates | undefined;
  /** Which ledger this is: one for all processes of a queue. */
  readonly ledgerId: string;
  /** Where people see the workflows, when that is known. */
  readonly temporalUi?: string | undefined;
}
