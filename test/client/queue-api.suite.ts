import { expect, it } from 'vitest';
import { type CallKey, calls } from '../../src/contract/operations.ts';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import { batchSuite } from './suite/batches.ts';
import { bulkSuite } from './suite/bulks.ts';
import { controlSuite } from './suite/control.ts';
import { costSuite } from './suite/costs.ts';
import { findSuite } from './suite/find.ts';
import { jobSuite } from './suite/jobs.ts';
import { keySuite } from './suite/keys.ts';
import { receiptSuite } from './suite/receipts.ts';
import { scheduleSuite } from './suite/schedules.ts';
import type { Subject } from './suite/subject.ts';
import { taskSuite } from './suite/tasks.ts';
import { webhookSuite } from './suite/webhooks.ts';

/** What everybody may expect of a QueueApi, no matter who implements it. */
export function queueApiSuite(subject: () => Subject): void {
  const answered = new Set<CallKey>();
  const observed = (): Subject => ({ ...subject(), queue: noting(subject().queue, answered) });
  jobSuite(observed);
  findSuite(observed);
  batchSuite(observed);
  taskSuite(observed);
  bulkSuite(observed);
  controlSuite(observed);
  scheduleSuite(observed);
  costSuite(observed);
  receiptSuite(observed);
  webhookSuite(observed);
  keySuite(observed);

  it('[H5] has been asked for every operation of the table, and has answered each', () => {
    expect([...answered].sort()).toEqual(Object.keys(calls).sort());
  });
}

/** The same queue, which writes down the calls that it has answered. */
function noting(queue: QueueApi, answered: Set<CallKey>): QueueApi {
  return new Proxy(queue, {
    get(target, key: CallKey) {
      const call = target[key] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        const output = await call(...args);
        answered.add(key);
        return output;
      };
    },
  });
}
