import { describe, expect, it } from 'vitest';
import { NO_PRICES } from '../../src/contract/cost.ts';
import { isAppError } from '../../src/contract/errors.ts';
import { problemOf } from '../../src/contract/problem.ts';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import { createCropper } from '../../src/crop/cropper.ts';
import { jobKinds } from '../../src/jobs/index.ts';
import { mapDatabaseError } from '../../src/ledger/connection/database-error.ts';
import { troubleIn } from '../../src/ledger/connection/sqlstates.ts';
import type { Db } from '../../src/ledger/db.ts';
import { createQueue } from '../../src/queue/create-queue.ts';
import { databaseError } from '../support/database-errors.ts';
import { FOR_EVER } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { SQLSTATES } from '../support/sqlstates.ts';
import { testWebhooks } from '../support/webhooks.ts';

/** A database that refuses every statement, as the real one does. */
function refusing(error: unknown): Db {
  const refuse = () => Promise.reject(mapDatabaseError(error));
  const db: Db = {
    kinds: jobKinds,
    as: () => db,
    query: refuse,
    apart: { query: refuse },
    search: { query: refuse },
    transaction: refuse,
    connect: refuse,
    pools: () => [],
    close: async () => {},
  };
  return db;
}

function queueOver(db: Db): QueueApi {
  return createQueue({
    cropper: createCropper(),
    db,
    notifier: { changed() {}, subscribe: () => () => {}, onEnded: () => () => {}, close: async () => {} },
    feed: {
      listen: () => () => {},
      end: async () => {
        await db.query('the end of the feed');
        return { epoch: 1, xid: 1n, id: 0 };
      },
      positionOf: async () => ({ epoch: 1, xid: 0n, id: 0 }),
      cursorOf: async () => 'cursor',
      subscribe: () => Promise.reject(new Error('not called')),
    },
    blobs: {
      owns: () => true,
      put: async () => ({ sha256: 'a'.repeat(64), bytes: 1, path: 'minio://receipts/a.jpg' }),
      read: async () => undefined,
      exists: async () => true,
    } as unknown as Parameters<typeof createQueue>[0]['blobs'],
    prices: NO_PRICES,
    retention: FOR_EVER,
    ledgerId: 'weather',
    queueName: 'weather',
    webhooks: testWebhooks({ db, ledgerId: 'weather' }),
    workflowIdPrefix: '',
  });
}

const CALLS: readonly [string, (queue: QueueApi) => Promise<unknown>][] = [
  ['enqueueOcr', (queue) => queue.enqueueOcr({ receipt_id: 1 }, asOwner)],
  ['enqueueBatchOcr', (queue) => queue.enqueueBatchOcr({ receipt_ids: [1, 2] }, asOwner)],
  ['enqueueBatchOcr of what is pending', (queue) => queue.enqueueBatchOcr({ pending: true, user_id: 1 }, asOwner)],
  ['getJobStatus', (queue) => queue.getJobStatus({ job_id: 'ocr-1' }, asOwner)],
  ['getBatch', (queue) => queue.getBatch({ batch_id: 'batch-1' }, asOwner)],
  ['waitForJobs', (queue) => queue.waitForJobs({ job_ids: ['ocr-1'], wait_seconds: 0 }, asOwner)],
  ['waitForJobs of a batch', (queue) => queue.waitForJobs({ batch_id: 'batch-1', wait_seconds: 1 }, asOwner)],
  ['createTask', (queue) => queue.createTask({ job_id: 'ocr-1' }, asOwner)],
  ['getTask', (queue) => queue.getTask({ task_id: 't1.e30.x' }, asOwner)],
  ['getResult', (queue) => queue.getResult({ job_id: 'ocr-1' }, asOwner)],
  ['queueInfo', (queue) => queue.queueInfo({}, asOwner)],
  ['cancelJob', (queue) => queue.cancelJob({ job_id: 'ocr-1' }, asOwner)],
  ['retryJob', (queue) => queue.retryJob({ job_id: 'ocr-1' }, asOwner)],
  ['listReceipts', (queue) => queue.listReceipts({ user_id: 1 }, asOwner)],
  ['getReceipt', (queue) => queue.getReceipt({ receipt_id: 1 }, asOwner)],
  ['pauseQueue', (queue) => queue.pauseQueue({}, asOwner)],
  ['resumeQueue', (queue) => queue.resumeQueue({}, asOwner)],
];

describe.each(CALLS)('%s', (_name, call) => {
  it('[I8] answers every SQLSTATE with a row of the error table, its cause kept, and never with “internal”', async () => {
    for (const sqlstate of SQLSTATES) {
      const cause = databaseError(sqlstate);
      const error = await call(queueOver(refusing(cause))).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!isAppError(error)) throw new Error(`${sqlstate} was thrown as ${String(error)}`);
      const { status, retry_after_s } = problemOf(error);
      const lasts = troubleIn(cause) === 'lasting';
      // A key that somebody else wrote first is not refused: it is looked at again.
      if (sqlstate === '23505') continue;
      expect([sqlstate, error.code], sqlstate).toEqual([sqlstate, expect.stringMatching(/^ledger_/)]);
      expect([sqlstate, error.cause], sqlstate).toEqual([sqlstate, cause]);
      if (!lasts) expect([sqlstate, status, retry_after_s]).toEqual([sqlstate, 503, 2]);
    }
  });
});
