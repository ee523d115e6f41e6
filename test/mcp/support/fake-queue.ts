import { AppError } from '../../../src/contract/errors.ts';
import { jobIdOf, ocrOf, parseJobId } from '../../../src/contract/job.ts';
import { calls } from '../../../src/contract/operations.ts';
import type { CallContext } from '../../../src/contract/principal.ts';
import type { OutputOf, QueueApi } from '../../../src/contract/queue-api.ts';

type Job = OutputOf<'getJobStatus'>;

const AT = '2026-11-24T09:00:00.000Z';

/** A queued job as the ledger describes it. */
export function aJob(changes: Partial<Job> = {}): Job {
  const receiptId = changes.receipt_id ?? 17;
  return {
    job_id: jobIdOf(ocrOf(receiptId)),
    generation: 1,
    receipt_id: receiptId,
    user_id: 1,
    status: 'queued',
    phase: 'admission',
    priority: 'default',
    batch_id: null,
    run_at: null,
    created_at: AT,
    started_at: null,
    ended_at: null,
    waiting_for: 'its turn',
    position: 3,
    eta_s: 20,
    attempts: 0,
    attempts_charged: 0,
    next_attempt_at: null,
    give_up_at: '2026-11-27T09:00:00.000Z',
    workflow_id: jobIdOf(ocrOf(receiptId)),
    result: null,
    error: null,
    exc_info: null,
    next: { tool: 'get_job_status', after_ms: 20_000 },
    paid_calls: 0,
    costs: [],
    schedule: null,
    ...changes,
  };
}

/** The same job once it has been read. */
export function aFinishedJob(merchant: string, itemNames: readonly string[], changes: Partial<Job> = {}): Job {
  return aJob({
    status: 'finished',
    phase: null,
    waiting_for: null,
    position: null,
    eta_s: null,
    attempts: 1,
    attempts_charged: 1,
    started_at: AT,
    ended_at: AT,
    next: null,
    result: {
      merchant_name: merchant,
      purchase_date: '2026-11-20',
      total_amount: '19.58',
      currency: 'EUR',
      confidence: 0.93,
      needs_review: false,
      review_reasons: [],
      items: itemNames.map((item_name) => ({
        item_name,
        quantity: '1',
        unit_price: '1.99',
        total_price: '1.99',
        currency: 'EUR',
        confidence: 0.9,
      })),
      result_hash: 'a'.repeat(64),
    },
    ...changes,
  });
}

export function aQueueInfo(changes: Partial<OutputOf<'queueInfo'>> = {}): OutputOf<'queueInfo'> {
  return {
    name: 'pantry-pilot',
    count: 3,
    queued_jobs: 3,
    started_jobs: 1,
    finished_jobs: 12,
    failed_jobs: 1,
    scheduled_jobs: 0,
    deferred_jobs: 2,
    canceled_jobs: 0,
    oldest_queued_s: 12,
    oldest_started_s: 2,
    oldest_deferred_s: 40,
    reviews: { open: 2, oldest_s: 3_600 },
    by_owner: [{ user_id: 1, queued: 3, started: 1, deferred: 2 }],
    by_error: [{ code: 'agent_rejected', failed: 1 }],
    workers: [{ name: 'worker-1', role: 'all', slots: 2, stopping: false, running: ['ocr-16'], last_seen_s: 1 }],
    agent_slots: 2,
    paused: null,
    parts: {
      ledger: 'ok',
      engine: 'ok',
      engine_since: null,
      workers: 'ok',
      agent: 'ok',
      agent_since: null,
      transactions: 'all',
    },
    limits: [],
    problems: [],
    as_of: AT,
    ...changes,
  };
}

type Problem = OutputOf<'queueInfo'>['problems'][number];

export function aProblem(changes: Partial<Problem> = {}): Problem {
  return {
    part: 'engine',
    code: 'engine_unavailable',
    message: 'Temporal cannot be reached.',
    hint: 'Start it.',
    who_acts: 'operator',
    since: AT,
    jobs: 3,
    examples: ['ocr-1', 'ocr-2'],
    ...changes,
  };
}

export interface SeenCall {
  readonly operation: string;
  readonly input: unknown;
  readonly context: CallContext;
}

export interface FakeQueue {
  readonly queue: QueueApi;
  /** What reached the queue, in order. */
  readonly calls: SeenCall[];
  /** Sets the job that every call about its receipt answers with. */
  put(job: Job): void;
  /** Makes every following call throw this. */
  breakWith(error: unknown): void;
}

/** A queue that holds jobs in memory and answers in the contract's shapes: the border MCP is tested against. */
export function createFakeQueue(): FakeQueue {
  const jobs = new Map<number, Job>();
  const seen: SeenCall[] = [];
  let failure: { readonly error: unknown } | undefined;
  const note = (operation: string, input: unknown, context: CallContext) => {
    seen.push({ operation, input, context });
    if (failure) throw failure.error;
  };
  const find = (id: string): Job => {
    const job = jobs.get(parseJobId(id)?.subject ?? 0);
    if (!job) throw new AppError('job_not_found', `There is no job ${id}.`);
    return job;
  };
  const unused = async (): Promise<never> => {
    throw new Error('No MCP tool calls this operation.');
  };
  const queue: QueueApi = {
    ...(Object.fromEntries(Object.keys(calls).map((key) => [key, unused])) as unknown as QueueApi),
    enqueueOcr: async (input, context) => {
      note('enqueue_ocr', input, context);
      if (input.receipt_id === 404) throw new AppError('receipt_not_found', 'There is no receipt 404.');
      const known = jobs.get(input.receipt_id);
      const job = known ?? aJob({ receipt_id: input.receipt_id, priority: input.priority ?? 'default' });
      jobs.set(input.receipt_id, job);
      return { ...job, deduplicated: known !== undefined };
    },
    getJobStatus: async (input, context) => {
      note('get_job_status', input, context);
      return find(input.job_id);
    },
    cancelJob: async (input, context) => {
      note('cancel_job', input, context);
      const job = find(input.job_id);
      const next = { tool: 'retry_job', after_ms: 0 };
      const canceled = aJob({ ...job, status: 'canceled', phase: null, ended_at: AT, next });
      jobs.set(job.receipt_id, canceled);
      return { ...canceled, already_canceled: job.status === 'canceled', written: 'Nothing had been written.' };
    },
    retryJob: async (input, context) => {
      note('retry_job', input, context);
      const job = find(input.job_id);
      if (job.status !== 'failed' && job.status !== 'canceled') {
        throw new AppError('not_retryable', `${job.job_id} is ${job.status}.`);
      }
      const again = aJob({ receipt_id: job.receipt_id, generation: job.generation + 1 });
      jobs.set(job.receipt_id, again);
      return { ...again, deduplicated: false, released: false };
    },
    queueInfo: async (input, context) => {
      note('queue_info', input, context);
      return aQueueInfo();
    },
    enqueueBatchOcr: unused,
    getResult: unused,
    pauseQueue: unused,
    resumeQueue: unused,
    listReceipts: unused,
    findJobs: unused,
    explainJob: unused,
    setPriority: unused,
    failedJobs: unused,
    getReceipt: unused,
    deleteReceipt: unused,
    addReceipt: unused,
  };
  return {
    queue,
    calls: seen,
    put: (job) => void jobs.set(job.receipt_id, job),
    breakWith: (error) => {
      failure = { error };
    },
  };
}
