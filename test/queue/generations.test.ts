import { beforeEach, describe, expect, it } from 'vitest';
import { isAppError } from '../../src/contract/errors.ts';
import { ocrOf, type RunKey } from '../../src/contract/job.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { sayJob } from '../../src/words/job-for-models.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, clearJobs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { partOf, SEED } from '../support/sample.ts';
import { createJobs, reply } from '../verify/jobs.ts';

const bench = useGate();
const jobs = createJobs(bench, () => readLedgerId(bench.db));
beforeEach(() => clearJobs(bench.db));

const failWith = (code: 'agent_rejected' | 'attempts_exhausted' | 'gave_up') => (run: RunKey) =>
  endJob(bench.db, run, { status: 'failed', code, message: 'It did not work.' });

/** How a generation may end without a reading. */
const ENDS = {
  agent_rejected: failWith('agent_rejected'),
  attempts_exhausted: failWith('attempts_exhausted'),
  gave_up: failWith('gave_up'),
  canceled: (run: RunKey) => bench.queue.cancelJob({ job_id: `ocr-${run.subject}` }, asOwner),
};
type End = keyof typeof ENDS;

/** Every call that makes the next generation of it. */
const RETRIES = {
  retry_job: ({ subject: receiptId }: RunKey) => bench.queue.retryJob({ job_id: `ocr-${receiptId}` }, asOwner),
  enqueue_ocr: ({ subject: receiptId }: RunKey) => bench.queue.enqueueOcr({ receipt_id: receiptId }, asOwner),
  'enqueue_ocr with force': ({ subject: receiptId }: RunKey) =>
    bench.queue.enqueueOcr({ receipt_id: receiptId, force: true }, asOwner),
  enqueue_batch_ocr: ({ subject: receiptId }: RunKey) =>
    bench.queue.enqueueBatchOcr({ receipt_ids: [receiptId] }, asOwner),
};
type Retry = keyof typeof RETRIES;

const STEPS = (Object.keys(ENDS) as End[]).flatMap((end) =>
  (Object.keys(RETRIES) as Retry[]).map((retry) => [end, retry] as const),
);

async function counts(userId?: number) {
  const info = await bench.queue.queueInfo(userId === undefined ? {} : { user_id: userId }, asOwner);
  const { queued_jobs, failed_jobs, canceled_jobs, finished_jobs, by_error } = info;
  return { queued_jobs, failed_jobs, canceled_jobs, finished_jobs, by_error };
}
const NONE = { queued_jobs: 0, failed_jobs: 0, canceled_jobs: 0, finished_jobs: 0, by_error: [] };

const afterEnd = (end: End) =>
  end === 'canceled'
    ? { ...NONE, canceled_jobs: 1 }
    : { ...NONE, failed_jobs: 1, by_error: [{ code: end, failed: 1 }] };

async function finish(run: RunKey): Promise<void> {
  await bench.dispatch.tick();
  expect(await beginAttempt(bench.db, run, { id: 'w1', name: 'w1' })).toMatchObject({ kind: 'call' });
  await reply(bench.db, run, 1);
  expect(await saveResult(bench.db, run, { defaultCurrency: 'EUR' })).toEqual({ current: true });
}

describe('[Q5] the counts of queue_info', () => {
  it.each(STEPS)(
    `after %s and %s are those of the latest generation, and none is failed once it was read (seed ${SEED})`,
    async (...first) => {
      for (const second of [undefined, ...partOf(STEPS)]) {
        const [receiptId = 0] = await addReceipts(bench.db, 1);
        await beatAs(bench.db, 'w1', 1_000);
        await bench.queue.enqueueOcr({ receipt_id: receiptId }, asOwner);
        let run: RunKey = { ...ocrOf(receiptId), generation: 1, runNo: 1 };
        for (const [end, retry] of second ? [first, second] : [first]) {
          await ENDS[end](run);
          expect(await counts()).toEqual(afterEnd(end));
          await RETRIES[retry](run);
          expect(await counts(1), `${retry} after ${end}`).toEqual({ ...NONE, queued_jobs: 1 });
          run = { ...run, generation: run.generation + 1 };
        }
        await finish(run);
        const read = { ...NONE, finished_jobs: 1 };
        expect([await counts(), await counts(1)]).toEqual([read, read]);
        await clearJobs(bench.db);
      }
    },
  );
});

const codeOf = (error: unknown) => {
  if (isAppError(error)) return error.code;
  throw error;
};

/** What has become of the generation that took its place. */
const SUCCESSORS = {
  queued: async () => {},
  failed: failWith('agent_rejected'),
  canceled: ENDS.canceled,
  finished: finish,
};

describe('a generation whose place a later one has taken', () => {
  const ends = Object.keys(ENDS) as End[];
  const successors = Object.keys(SUCCESSORS) as (keyof typeof SUCCESSORS)[];
  it.each(ends.flatMap((end) => successors.map((successor) => [end, successor] as const)))(
    'ended with %s, the later one %s: is not retryable, and no answer advises to retry it',
    async (end, successor) => {
      const run = await jobs.withAgent();
      await ENDS[end](run);
      if (end === 'canceled') await endJob(bench.db, run, { status: 'canceled' });
      const before = await bench.queue.getJobStatus({ job_id: `ocr-${run.subject}.1` }, asOwner);
      expect(before.next, 'as long as it is the latest').toEqual({ tool: 'retry_job', after_ms: 0 });
      await RETRIES.retry_job(run);
      await SUCCESSORS[successor]({ ...run, generation: 2 });

      const job = await bench.queue.getJobStatus({ job_id: `ocr-${run.subject}.1` }, asOwner);
      expect(job).toMatchObject({ status: end === 'canceled' ? 'canceled' : 'failed', generation: 1, next: null });
      expect(job.error?.retryable ?? false).toBe(false);
      const ids = [before.job_id, job.job_id, (await resultOf(run)).job_id];
      const first = `ocr-${run.subject}`;
      expect(ids, 'alone it names itself, then a later one has its name').toEqual([first, `${first}.1`, `${first}.1`]);
      const said = [job.error?.hint ?? '', sayJob(job), JSON.stringify(await resultOf(run))].join('\n');
      expect(said).not.toMatch(/retry_job|retry with|run it after all/);
    },
  );
  const resultOf = ({ subject: receiptId }: RunKey) => bench.queue.getResult({ job_id: `ocr-${receiptId}.1` }, asOwner);

  it('that is finished is not retried through its predecessor', async () => {
    const run = await jobs.failed();
    await RETRIES.retry_job(run);
    await finish({ ...run, generation: 2 });
    for (const jobId of [`ocr-${run.subject}`, `ocr-${run.subject}.1`, `ocr-${run.subject}.2`]) {
      expect(await bench.queue.retryJob({ job_id: jobId }, asOwner).catch(codeOf)).toBe('not_retryable');
    }
  });
});
