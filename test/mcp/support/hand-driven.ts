import { createDispatch, type Dispatch } from '../../../src/dispatch/create-dispatch.ts';
import { readLedgerId } from '../../../src/ledger/insight/queue-state.ts';
import { createNotifier } from '../../../src/ledger/notify.ts';
import type { HttpQueue } from '../../http/support/http-queue.ts';
import { fakeEngine } from '../../support/engine.ts';
import { beatAs } from '../../support/gate.ts';
import { testLog } from '../../support/log.ts';
import { readingsOf } from '../../support/readings.ts';
import { testWebhooks } from '../../support/webhooks.ts';

export interface HandDriven {
  readonly dispatch: Dispatch;
  /** As a worker reads, by the functions that the activities call. */
  readonly read: ReturnType<typeof readingsOf>['read'];
  close(): Promise<void>;
}

/** What stands behind a real server: a gate and a worker that a test moves by hand. */
export async function handDriven({ db, queue }: HttpQueue): Promise<HandDriven> {
  const ledgerId = await readLedgerId(db);
  const notifier = createNotifier(db);
  const dispatch = createDispatch({
    ...{ db, notifier, ledgerId, log: testLog, name: 'test', workflowIdPrefix: '' },
    engine: fakeEngine(),
    webhooks: testWebhooks({ db, ledgerId }),
    retention: { resultTtlS: 0, failureTtlS: 0 },
  });
  await beatAs(db, 'w1', 100);
  return { dispatch, read: readingsOf({ db, queue, dispatch }).read, close: () => notifier.close() };
}
