import { NO_PRICES } from '../../src/contract/cost.ts';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import { createCropper } from '../../src/crop/cropper.ts';
import { createDb } from '../../src/ledger/db.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { createNotifier } from '../../src/ledger/notify.ts';
import { createQueue } from '../../src/queue/create-queue.ts';
import { createTestFeed } from './feed.ts';
import { FOR_EVER, noBlobs } from './gate.ts';
import { testWebhooks } from './webhooks.ts';

/** The queue as another process has it, or the same one after a restart: it shares nothing but the database. */
export async function openQueue(
  url: string,
  retention = FOR_EVER,
): Promise<{ queue: QueueApi; close(): Promise<void> }> {
  const db = createDb({ url, applicationName: 'another process', maxConnections: 3 });
  const notifier = createNotifier(db);
  const feed = await createTestFeed(db, notifier);
  const ledgerId = await readLedgerId(db);
  const webhooks = testWebhooks({ db, ledgerId });
  const names = { ledgerId, queueName: 'test', workflowIdPrefix: '' };
  return {
    queue: createQueue({
      db,
      notifier,
      feed,
      webhooks,
      retention,
      blobs: noBlobs,
      cropper: createCropper(),
      prices: NO_PRICES,
      ...names,
    }),
    async close() {
      await webhooks.close();
      await feed.close();
      await notifier.close();
      await db.close();
    },
  };
}
