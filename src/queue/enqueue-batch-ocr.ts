import { randomUUID } from 'node:crypto';
import { AppError, type ErrorCode, type FieldError } from '../contract/errors.ts';
import { generationIdOf, ocrOf } from '../contract/job.ts';
import { LIMITS } from '../contract/policies.ts';
import type { InputOf } from '../contract/queue-api.ts';
import { pendingReceipts } from '../jobs/ocr/pending.ts';
import { enqueueAll, refusingLimit } from '../ledger/enqueue-all.ts';
import { type EnqueueItem, type EnqueueOptions, isOfLimit, type Verdict } from '../ledger/enqueue-rule.ts';
import type { HandlerDeps } from './deps.ts';
import { FOREIGN_IMAGE } from './enqueue-ocr.ts';
import { startOf } from './later.ts';
import { overLimit } from './over-limit.ts';
import type { Handlers } from './pipeline.ts';

const SHOWN_IDS = 1_000;
/** More bad indexes than this are counted, not listed. */
const SHOWN_ERRORS = 50;

const NOTHING = { batch_id: null, total: 0, queued: 0, deduplicated: 0, skipped: [], job_ids: [] };

type Input = InputOf<'enqueueBatchOcr'>;

export function createEnqueueBatchOcr(deps: HandlerDeps): Handlers['enqueueBatchOcr'] {
  return async (input, { db, tenant, userId, owner }) => {
    checkShape(input);
    const items = input.pending
      ? (
          await pendingReceipts(db, tenant, owner, {
            usable: input.limit ?? LIMITS.batch,
            withoutImage: SHOWN_ERRORS,
          })
        ).map((receiptId): EnqueueItem => ({ subject: receiptId, asked: undefined }))
      : itemsOf(deps, input);
    if (items.length === 0) return NOTHING;

    const receiptIds = items.map(({ subject }) => subject);
    const { later, notes } = await startOf(db, input, { tenant, userId: input.pending ? owner : userId }, receiptIds);
    const batchId = `batch-${randomUUID()}`;
    const options: EnqueueOptions = {
      tenant,
      userId: input.pending ? owner : userId,
      priority: input.priority ?? 'default',
      mode: input.force ? 'force' : 'once',
      later,
    };
    const entries = await enqueueAll(db, 'ocr', items, {
      ...options,
      batchId,
      // What somebody named must be right; of what is pending, one bad row holds up no other.
      partial: input.pending === true,
    });

    const refused = entries.flatMap(({ subject, verdict }) =>
      verdict === 'new' || verdict === 'same' ? [] : [{ code: codeOf(verdict), receiptId: subject }],
    );
    const [first] = refused;
    if (first && !input.pending) {
      const refusing = isOfLimit(first.code) ? await refusingLimit(db, 'ocr', items, options) : undefined;
      if (refusing) throw overLimit(refusing);
      throw new AppError(
        first.code,
        `${refused.length} of ${entries.length} receipts were refused, so none was queued; the first is receipt ${first.receiptId}.`,
        { fields: badIndexes(input, refused).slice(0, SHOWN_ERRORS) },
      );
    }

    const accepted = entries.filter(({ verdict }) => verdict === 'new' || verdict === 'same');
    const skipped = refused.slice(0, SHOWN_ERRORS).map(({ code, receiptId }) => ({ receipt_id: receiptId, code }));
    if (accepted.length === 0) return { ...NOTHING, skipped };
    const queued = accepted.filter((entry) => entry.verdict === 'new').length;
    deps.notifier.changed(
      accepted.map((entry) => entry.subject),
      { gate: true },
    );
    return {
      batch_id: batchId,
      total: accepted.length,
      queued,
      deduplicated: accepted.length - queued,
      skipped,
      job_ids: accepted
        .slice(0, SHOWN_IDS)
        .map((entry) => generationIdOf({ ...ocrOf(entry.subject), generation: entry.generation ?? 1 })),
      ...(notes.length > 0 ? { notes } : {}),
    };
  };
}

const codeOf = (verdict: Exclude<Verdict, 'new' | 'same'>): ErrorCode =>
  verdict === 'not_found' ? 'receipt_not_found' : verdict;

function checkShape(input: Input): void {
  if (input.pending ? input.receipt_ids !== undefined : input.receipt_ids === undefined) {
    const message = 'Give either receipt_ids or pending: true.';
    throw new AppError('invalid_argument', message, {
      fields: [{ pointer: '/receipt_ids', code: 'invalid_argument', message }],
    });
  }
  if (input.receipt_ids?.length === 0) {
    throw new AppError('batch_empty', 'receipt_ids is empty.', {
      fields: [{ pointer: '/receipt_ids', code: 'batch_empty', message: 'is empty' }],
    });
  }
  const paths = input.image_paths?.length;
  const ids = input.receipt_ids?.length ?? 0;
  if (paths !== undefined && paths !== ids) {
    throw new AppError('batch_length_mismatch', `receipt_ids holds ${ids} entries, image_paths holds ${paths}.`, {
      fields: [{ pointer: '/image_paths', code: 'batch_length_mismatch', message: `holds ${paths}, not ${ids}` }],
    });
  }
}

/** Each place in the list that names a refused receipt, also where it stands there more than once. */
function badIndexes(input: Input, refused: readonly { code: ErrorCode; receiptId: number }[]): FieldError[] {
  const codes = new Map(refused.map(({ code, receiptId }) => [receiptId, code]));
  return (input.receipt_ids ?? []).flatMap((receiptId, index) => {
    const code = codes.get(receiptId);
    return code ? [{ pointer: `/receipt_ids/${index}`, code, message: `Receipt ${receiptId}: ${code}.` }] : [];
  });
}

type ItemError = FieldError & { readonly code: ErrorCode };

/** Repeated ids with the same image are one item; with different images they contradict each other. */
function itemsOf(deps: HandlerDeps, input: Input): EnqueueItem[] {
  const images = new Map<number, string | undefined>();
  const errors: ItemError[] = [];
  input.receipt_ids?.forEach((receiptId, index) => {
    const imagePath = input.image_paths?.[index];
    const pointer = `/image_paths/${index}`;
    if (imagePath !== undefined && !deps.blobs.owns(imagePath)) {
      errors.push({ pointer, code: 'invalid_argument', message: FOREIGN_IMAGE });
    } else if (images.has(receiptId) && images.get(receiptId) !== imagePath) {
      const message = `Receipt ${receiptId} stands in the list before, with another image.`;
      errors.push({ pointer, code: 'idempotency_conflict', message });
    }
    if (!images.has(receiptId)) images.set(receiptId, imagePath);
  });
  const [first] = errors;
  if (first) {
    throw new AppError(first.code, `${errors.length} entries are wrong, so none was queued. ${first.message}`, {
      fields: errors.slice(0, SHOWN_ERRORS),
    });
  }
  return [...images].map(([subject, image_path]) => ({
    subject,
    asked: image_path === undefined ? undefined : { image_path },
  }));
}
