import { AppError } from '../contract/errors.ts';
import { priorityOf } from '../contract/job.ts';
import { ocrParams } from '../jobs/ocr/call.ts';
import type { EnqueuedJob } from '../ledger/enqueue/enqueue-each.ts';
import type { JobRow } from '../ledger/job-row.ts';
import type { Accept } from './accept.ts';
import type { HandlerDeps } from './deps.ts';
import { latestJobView } from './job-view.ts';
import { startDifferences, startOf } from './later.ts';
import { overLimit } from './over-limit.ts';
import type { Handlers } from './pipeline.ts';
import { noImage, noSuchReceipt } from './refusals.ts';
import type { TellLimits } from './tell-limits.ts';

export function createEnqueueOcr(deps: HandlerDeps, accept: Accept, tellLimits: TellLimits): Handlers['enqueueOcr'] {
  return async (input, caller) => {
    const { db, tenant, userId } = caller;
    if (input.image_path !== undefined) refuseForeignImage(deps, input.image_path, '/image_path');

    const { later, notes } = await startOf(db, input, { tenant, userId }, [input.receipt_id]);
    const entry = await accept('ocr', {
      subject: input.receipt_id,
      asked: input.image_path === undefined ? undefined : { image_path: input.image_path },
      tenant,
      userId,
      priority: input.priority ?? 'default',
      mode: input.force ? 'force' : 'once',
      later,
    });
    refuse(entry, input.image_path);

    if (!entry.row) throw noSuchReceipt(input.receipt_id);
    await tellLimits(caller, entry.row.user_id);
    const view = latestJobView(entry.row, deps.workflowIdPrefix);
    if (entry.verdict === 'new') {
      deps.notifier.changed([input.receipt_id], { gate: true });
      return Object.assign(view, { deduplicated: false }, notes.length > 0 ? { notes } : {});
    }
    const differs = [...differences(entry.row, input), ...startDifferences(entry.row, input, later)];
    return Object.assign(view, { deduplicated: true }, differs.length > 0 ? { differs } : {});
  };
}

export const FOREIGN_IMAGE =
  'image_path must be the stored key of an image here, as in minio://receipts/<key>; it is never an address to fetch.';

/** An image path is a key of our store: never an address, never another bucket. */
function refuseForeignImage(deps: HandlerDeps, path: string, pointer: string): void {
  if (deps.blobs.owns(path)) return;
  const message = FOREIGN_IMAGE;
  throw new AppError('invalid_argument', message, { fields: [{ pointer, code: 'invalid_argument', message }] });
}

function refuse(entry: EnqueuedJob, asked: string | undefined): void {
  const id = entry.subject;
  if (entry.refusing) throw overLimit(entry.refusing);
  switch (entry.verdict) {
    case 'new':
    case 'same':
      return;
    case 'not_found':
      throw noSuchReceipt(id);
    case 'image_missing':
      throw noImage(id);
    case 'idempotency_conflict': {
      const message = `Receipt ${id} is stored with image ${ocrParams.parse(entry.params).image_path}, not ${asked}.`;
      throw new AppError('idempotency_conflict', message, {
        fields: [{ pointer: '/image_path', code: 'idempotency_conflict', message }],
      });
    }
    case 'job_active':
      throw new AppError('job_active', `ocr-${id} is still live, so it cannot be forced to run again.`);
    case 'not_retryable':
      throw new AppError('not_retryable', `ocr-${id} has nothing to retry.`);
    default:
      throw new AppError(entry.verdict, `Receipt ${id}: ${entry.verdict}.`);
  }
}

function differences(row: JobRow, input: { priority?: string | undefined }): string[] {
  return input.priority !== undefined && input.priority !== priorityOf(row.priority) ? ['priority'] : [];
}
