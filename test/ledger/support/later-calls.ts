import { ocrOf } from '../../../src/contract/job.ts';
import type { Db } from '../../../src/ledger/db.ts';
import { endWithParent } from '../../../src/ledger/enqueue/dependencies.ts';
import { enqueueEach } from '../../../src/ledger/enqueue/enqueue-each.ts';
import { claimDue, nameBatch, overlaps, postpone, recordRun } from '../../../src/ledger/schedules/schedule-runs.ts';
import {
  changeSchedule,
  type Definition,
  deleteSchedule,
  insertSchedule,
} from '../../../src/ledger/schedules/schedules.ts';
import type { Call } from './searches.ts';

const TENANT = { tenant: 'default', userId: undefined } as const;
const MADE: Definition = {
  ...{ name: 'made', user_id: 3, kind: 'ocr', cron: '0 2 * * *', time_zone: 'UTC' },
  ...{ priority: 3, overlap: 'skip', created_by: 1 },
};

/** A schedule that is made, changed and deleted. */
async function oneSchedule(db: Db): Promise<void> {
  await db.transaction(async (tx) => {
    const row = await insertSchedule(tx, 'default', MADE, new Date());
    if (row) await changeSchedule(tx, { ...row, cron: '0 3 * * *' });
  });
  await deleteSchedule(db, TENANT, 'made');
}

const NOTHING = { batch_id: null, total: 0, queued: 0, deduplicated: 0, code: null, missed: null };

/** The run of one schedule, as its transaction writes it. */
async function oneRun(db: Db): Promise<void> {
  const [row] = await db.query<{ schedule_no: number }>(
    `select schedule_no from pantry_queue.schedules where tenant_id = 'default' and name = 'schedule-10'`,
  );
  const scheduleNo = row?.schedule_no ?? 0;
  const at = new Date();
  await claimDue(db, scheduleNo);
  await overlaps(db, 'batch-probe');
  await postpone(db, scheduleNo, at, at);
  const run = { at: at.toISOString(), scheduled_for: at.toISOString(), trigger: 'time', outcome: 'overlap' } as const;
  await recordRun(db, scheduleNo, { ...run, ...NOTHING }, { nextAt: at, pendingFor: null, tryAt: null });
  await nameBatch(db, 'batch-probe', { ...MADE, name: 'schedule-10' });
}

export const LATER_REQUESTS: Readonly<Record<string, Call>> = {
  'a schedule that is made, changed and deleted': oneSchedule,
  'enqueue of a job that starts later, after another one': (db, subject) =>
    enqueueEach(db, 'ocr', [
      {
        ...{ subject, asked: undefined, tenant: 'default', userId: undefined, priority: 'default', mode: 'force' },
        later: { runAt: undefined, delayS: 60, parents: [subject], onParentFailure: 'run' },
      },
    ]),
};

export const LATER_ROUNDS: Readonly<Record<string, Call>> = {
  'the run of one schedule': oneRun,
  'a job that ends with its parent': (db, receiptId) =>
    endWithParent(db, {
      run: { ...ocrOf(receiptId), generation: 1, runNo: 1 },
      parent: 'ocr-1',
      ...{ status: 'failed', outcome: 'fail' },
    }),
};
