import type { Composed } from '../../../src/compose.ts';
import { admit } from '../../../src/ledger/admission.ts';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { asOperator, openQueue, settingsFor } from '../queue.ts';
import { compareLatency } from '../rounds.ts';
import { seedBatches, seedJobs } from '../seed-jobs.ts';
import { sweepLedgerOf } from '../sweep-once.ts';

const SMALL = 1_000;
const CALLS = { rounds: 12, samples: 10 };

/** Undoes what it measured, so that every call finds the same queue. */
class Undo extends Error {}

async function admitAndUndo({ db }: Composed): Promise<void> {
  const outer = db.transaction(async (tx) => {
    const runs = await admit({ ...db, transaction: (work) => work(tx) }, 2_000);
    if (runs.length === 0) throw new Error('nothing was admitted');
    throw new Undo();
  });
  await outer.catch((error: unknown) => {
    if (!(error instanceof Undo)) throw error;
  });
}

interface Call {
  readonly id: string;
  readonly what: string;
  run(base: Composed, jobs: number): Promise<unknown>;
}

const finishedJob = (jobs: number) => `ocr-${100 * Math.floor(jobs / 200) + 10}`;
const queuedJob = (jobs: number) => `ocr-${100 * Math.floor(jobs / 200) + 80}`;

const CALLS_TO_SCALE: readonly Call[] = [
  {
    id: 'status',
    what: 'get_job_status, finished',
    run: ({ queue }, jobs) => queue.getJobStatus({ job_id: finishedJob(jobs) }, asOperator),
  },
  {
    id: 'queue_info',
    what: 'queue_info of everybody',
    run: ({ queue }) => queue.queueInfo({}, asOperator),
  },
  {
    id: 'queue_info_owner',
    what: 'queue_info of one owner',
    run: ({ queue }) => queue.queueInfo({ user_id: 3 }, asOperator),
  },
  {
    id: 'queue_info_nobody',
    what: 'queue_info of an owner without jobs',
    run: ({ queue }) => queue.queueInfo({ user_id: 100_000 }, asOperator),
  },
  { id: 'admission', what: 'admission of 4 jobs, undone', run: admitAndUndo },
  {
    id: 'list_receipts',
    what: 'the first 5 receipts of a list',
    run: ({ queue }) => queue.listReceipts({ user_id: 3, limit: 5 }, asOperator),
  },
  {
    id: 'position',
    what: 'get_job_status, queued in the middle of its owner',
    run: ({ queue }, jobs) => queue.getJobStatus({ job_id: queuedJob(jobs) }, asOperator),
  },
  { id: 'find', what: 'find_jobs, the first page', run: ({ queue }) => queue.findJobs({}, asOperator) },
  {
    id: 'find_failed_of_owner',
    what: 'find_jobs, failed ones of one owner',
    run: ({ queue }) => queue.findJobs({ status: ['failed'], user_id: 3, limit: 5 }, asOperator),
  },
  {
    id: 'wait',
    what: 'wait_for_jobs, of a job that has finished',
    run: ({ queue }, jobs) => queue.waitForJobs({ job_ids: [finishedJob(jobs)], wait_seconds: 1 }, asOperator),
  },
  {
    id: 'explain',
    what: 'explain_job, finished',
    run: ({ queue }, jobs) => queue.explainJob({ job_id: finishedJob(jobs) }, asOperator),
  },
  {
    id: 'clear_preview',
    what: 'clear_failed_jobs, the preview of one owner',
    run: ({ queue }) => queue.clearFailedJobs({ user_id: 3 }, asOperator),
  },
  { id: 'history', what: 'queue_history of a day', run: ({ queue }) => queue.queueHistory({}, asOperator) },
  { id: 'failed_jobs', what: 'failed_jobs by cause', run: ({ queue }) => queue.failedJobs({}, asOperator) },
  {
    id: 'get_batch',
    what: 'get_batch, of 100 members',
    run: ({ queue }) => queue.getBatch({ batch_id: 'batch-1' }, asOperator),
  },
  {
    id: 'cancel_preview',
    what: 'cancel_jobs, the preview of a batch of 100',
    run: ({ queue }) => queue.cancelJobs({ batch_id: 'batch-1' }, asOperator),
  },
  {
    id: 'list_batches',
    what: 'the first 5 batches of a list',
    run: ({ queue }) => queue.listBatches({ limit: 5 }, asOperator),
  },
  { id: 'sweep', what: 'a sweep of the ledger', run: sweepLedgerOf },
];

/** Position counts up to 1,000 rows by contract, so a longer queue is allowed to cost that. */
const COUNTED = 'position';

/**
 * The same calls on a small ledger and a large one, by turns: before the database has gathered statistics of the rows,
 * when it plans by guesses, and after.
 */
export async function measureScale(bench: Bench): Promise<Figure[]> {
  const { servers, full, say } = bench;
  const large = full ? 1_000_000 : 50_000;
  const open = async (name: string, jobs: number) => {
    const databaseUrl = await servers.createDatabase(name);
    const { engine, imageDir } = servers;
    const base = await openQueue(settingsFor({ databaseUrl, imageDir, engine, agentSlots: 1 }));
    await seedJobs(base.db, jobs);
    await seedBatches(base.db, jobs);
    return base;
  };
  say(`Filling ledgers with ${SMALL.toLocaleString('en')} and ${large.toLocaleString('en')} jobs`);
  const few = await open('bench_few', SMALL);
  const many = await open('bench_many', large);
  try {
    const figures: Figure[] = [];
    for (const statistics of ['before', 'after'] as const) {
      if (statistics === 'after') {
        for (const { db } of [few, many]) await db.transaction((tx) => tx.execute('analyze'), { patient: true });
      }
      for (const { id, what, run } of CALLS_TO_SCALE) {
        const compared = await compareLatency(CALLS, { run: () => run(many, large) }, { run: () => run(few, SMALL) });
        figures.push({
          id: `scale_${id}_${statistics}`,
          what: `${what}, at ${large.toLocaleString('en')} jobs, ${statistics} analyze`,
          unit: 'ms',
          value: compared.ours,
          baseline: { what: `at ${SMALL.toLocaleString('en')} jobs`, value: compared.baseline },
          ratio: compared.ratio,
          spread: compared.ratioSpread,
          ...(id === COUNTED ? {} : { bound: { atMost: 2 } }),
        });
      }
    }
    return figures;
  } finally {
    await Promise.all([few.close(), many.close()]);
  }
}
