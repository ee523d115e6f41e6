import { expect, it } from 'vitest';
import { ocrOf } from '../../src/contract/job.ts';
import { pauseQueue, resumeQueue } from '../../src/ledger/caps.ts';
import { enqueueEach } from '../../src/ledger/enqueue/enqueue-each.ts';
import type { EnqueueRequest } from '../../src/ledger/enqueue/enqueue-rule.ts';
import { readJob } from '../../src/ledger/jobs.ts';
import { addReceipts, useDatabase } from '../support/db.ts';

const database = useDatabase();

/** What is not said of a job that was accepted this moment. */
const NOT_YET = { parents: null, handed_over: false, replied: false, stuck: null, stuck_since: null };
/** What only a read of the job says: nothing of it can have happened either. */
const NEITHER = {
  bill: { paid_calls: 0, costs: [] },
  schedule: null,
  cancel_requested_at: null,
  cancel_requested_by: null,
  cleared_at: null,
};

const PRIORITIES = ['default', 'low', 'high', 'default'] as const;

it.each([
  [1, 'open'],
  [PRIORITIES.length, 'open'],
  [1, 'paused'],
] as const)(
  '%i accepted at once by a queue that is %s: each answer is what the ledger says of its job',
  async (count, state) => {
    const { db } = database;
    if (state === 'paused') await pauseQueue(db, 'default', undefined, 'nobody in particular', undefined);
    else await resumeQueue(db, 'default', undefined);
    const ids = await addReceipts(db, count, 40 + count);
    const requests = ids.map(
      (subject, nth): EnqueueRequest => ({
        subject,
        asked: undefined,
        tenant: 'default',
        userId: undefined,
        priority: PRIORITIES[nth] ?? 'default',
        mode: 'once',
      }),
    );
    const answers = await enqueueEach(db, 'ocr', requests);
    expect(answers.map(({ verdict }) => verdict)).toEqual(ids.map(() => 'new'));
    for (const { subject, row } of answers) {
      const { now: _, ...said } = row ?? { now: undefined };
      const {
        now: __,
        job_no,
        ...stands
      } = (await readJob(db, 'default', { ...ocrOf(subject), generation: undefined })) ?? {
        now: undefined,
        job_no: undefined,
      };
      expect(job_no).toBeGreaterThan(0);
      expect({ ...NEITHER, ...said, wait: { ...NOT_YET, ...row?.wait } }).toEqual(stands);
    }
  },
);
