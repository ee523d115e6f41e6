import { z } from 'zod';
import { isAppError } from '../contract/errors.ts';
import { type Job, jobId, receiptId, userId } from '../contract/fields.ts';
import { isTerminal, jobIdOf, ocrOf } from '../contract/job.ts';
import { operations } from '../contract/operations.ts';
import { type CallContext, ownerOf } from '../contract/principal.ts';
import type { InputOf, QueueApi } from '../contract/queue-api.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { jsonResponse } from './problem.ts';
import { readQuery } from './read-input.ts';
import type { Route } from './route.ts';

/** The addresses of the service that this queue replaces, in its shapes: what calls them keeps working. */
export function legacyRoutes(queue: QueueApi): Route[] {
  const oneReceipt = z.strictObject({ receipt_id: receiptId });
  return [
    {
      method: 'POST',
      path: '/receipts/{receipt_id}/ocr',
      does: 'enqueueOcr',
      summary: 'Queue the OCR of one receipt.',
      async handle(call) {
        const input = readQuery(receiptOfUser, call);
        return jsonResponse(queuedView(await queue.enqueueOcr(input, call.get('callContext'))));
      },
    },
    {
      method: 'POST',
      path: '/receipts/{receipt_id}/ocr/retry',
      does: 'retryJob',
      summary: 'Read a receipt again: a new generation of its job, unless one is live.',
      async handle(call) {
        return jsonResponse(
          queuedView(await readAgain(queue, readQuery(receiptOfUser, call), call.get('callContext'))),
        );
      },
    },
    {
      method: 'GET',
      path: '/receipts/{receipt_id}/ocr/status',
      does: 'getReceipt',
      summary: 'The OCR status of one receipt, with its job.',
      async handle(call) {
        const { receipt_id } = readQuery(oneReceipt, call);
        const context = call.get('callContext');
        const receipt = await queue.getReceipt({ receipt_id }, context);
        const job = await jobOf(queue, receipt_id, context);
        return jsonResponse({
          receipt_id,
          ocr_status: receipt.ocr_status,
          extraction_confidence: receipt.extraction_confidence,
          extraction_errors: receipt.extraction_errors,
          parsed_at: receipt.parsed_at,
          needs_review: receipt.needs_review,
          job_id: job?.job_id ?? null,
          status: job?.status ?? null,
          phase: job?.phase ?? null,
          attempts: job?.attempts ?? 0,
          error: job?.error ?? null,
        });
      },
    },
    {
      method: 'POST',
      path: '/receipts/ocr/process-all',
      does: 'enqueueBatchOcr',
      summary: 'Queue every pending receipt of a user in one write.',
      async handle(call) {
        const asked = readQuery(pendingOfUser, call);
        const idempotency_key = idempotencyKeyOf(call);
        const batch = await queue.enqueueBatchOcr(
          { pending: true, ...asked, ...(idempotency_key !== undefined && { idempotency_key }) },
          call.get('callContext'),
        );
        return jsonResponse({
          status: 'queued',
          message: `Receipts queued for OCR: ${batch.total}.`,
          user_id: ownerOf(call.get('principal'), asked.user_id),
          // The replaced system counted what was already waiting too.
          queued: batch.total,
          newly_queued: batch.queued,
          skipped: batch.skipped,
          job_ids: batch.job_ids,
          batch_id: batch.batch_id,
        });
      },
    },
    {
      method: 'GET',
      path: '/receipts/ocr/queue-status',
      does: 'queueInfo',
      summary: 'Counts of the queue; with receipt_id, the job of that receipt.',
      async handle(call) {
        const { receipt_id } = readQuery(maybeReceipt, call);
        const context = call.get('callContext');
        if (receipt_id === undefined) {
          return jsonResponse(await queue.queueInfo({}, context));
        }
        const job = await queue.getJobStatus({ job_id: jobIdOf(ocrOf(receipt_id)) }, context);
        return jsonResponse({ ...job, receipt_id });
      },
    },
    {
      method: 'GET',
      path: '/receipts/ocr/job/{job_id}',
      does: 'getJobStatus',
      summary: 'One job by its id.',
      async handle(call) {
        return jsonResponse(await queue.getJobStatus(readQuery(oneJob, call), call.get('callContext')));
      },
    },
  ];
}

const receiptOfUser = z.strictObject({ receipt_id: receiptId, user_id: userId.optional() });
const pendingOfUser = operations.enqueueBatchOcr.input.pick({ user_id: true, limit: true });
const maybeReceipt = z.strictObject({ receipt_id: receiptId.optional() });
const oneJob = z.strictObject({ job_id: jobId });

type MaybeQueued = Job & { readonly deduplicated: boolean };

function queuedView(job: MaybeQueued): Record<string, unknown> {
  return {
    receipt_id: job.receipt_id,
    status: isTerminal(job.status) ? job.status : 'processing',
    message: messageOf(job),
    job_id: job.job_id,
    generation: job.generation,
    deduplicated: job.deduplicated,
  };
}

function messageOf(job: MaybeQueued): string {
  if (!job.deduplicated) return `Receipt ${job.receipt_id} is queued for OCR.`;
  if (job.status === 'finished') return `Receipt ${job.receipt_id} has been read already.`;
  return `Receipt ${job.receipt_id} already has a job that is ${job.status}.`;
}

/** A retry, whatever became of the last job: the replaced system read the receipt again in every case. */
async function readAgain(queue: QueueApi, receipt: InputOf<'enqueueOcr'>, context: CallContext): Promise<MaybeQueued> {
  const job = await jobOf(queue, receipt.receipt_id, context);
  switch (job?.status) {
    case 'finished':
      return queue.enqueueOcr({ ...receipt, force: true }, context);
    case 'failed':
    case 'canceled':
      return queue.retryJob({ job_id: job.job_id }, context);
    default:
      return queue.enqueueOcr(receipt, context);
  }
}

async function jobOf(queue: QueueApi, receiptId: number, context: CallContext): Promise<Job | undefined> {
  try {
    return await queue.getJobStatus({ job_id: jobIdOf(ocrOf(receiptId)) }, context);
  } catch (error) {
    if (isAppError(error) && error.code === 'job_not_found') return undefined;
    throw error;
  }
}
