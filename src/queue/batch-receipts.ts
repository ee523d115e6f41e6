import { AppError, type ErrorCode, type FieldError } from '../contract/errors.ts';
import { LIMITS } from '../contract/policies.ts';
import type { InputOf } from '../contract/queue-api.ts';
import { pendingReceipts } from '../jobs/ocr/pending.ts';
import type { EnqueueItem, EnqueueOptions, Verdict } from '../ledger/enqueue/enqueue-rule.ts';
import type { Caller } from './caller.ts';
import type { HandlerDeps } from './deps.ts';
import { FOREIGN_IMAGE } from './enqueue-ocr.ts';

/** More bad indexes than this are counted, not listed. */
const SHOWN_ERRORS = 50;

type Input = InputOf<'estimateBatchOcr'>;

/** The receipts that a batch is asked of, each once, and the rule by which they become jobs. */
export interface BatchReceipts {
  readonly items: readonly EnqueueItem[];
  readonly options: Pick<EnqueueOptions, 'tenant' | 'userId' | 'mode'>;
  /** What the caller should know of the choice. */
  readonly notes: readonly string[];
}

/** @throws AppError where the arguments contradict themselves */
export async function batchReceipts(
  deps: Pick<HandlerDeps, 'blobs'>,
  input: Input,
  { db, tenant, userId, owner }: Caller,
): Promise<BatchReceipts> {
  checkShape(input);
  const mode = input.force ? 'force' : 'once';
  if (!input.pending) return { items: itemsOf(deps, input), options: { tenant, userId, mode }, notes: [] };
  const limits = { usable: input.limit ?? LIMITS.batch, withoutImage: SHOWN_ERRORS };
  const { ids, more } = await pendingReceipts(db, tenant, owner, limits);
  return {
    items: ids.map((subject) => ({ subject, asked: undefined })),
    options: { tenant, userId: owner, mode },
    notes: more ? [morePending(limits.usable)] : [],
  };
}

/** A receipt is pending until its reading begins. */
const morePending = (limit: number) =>
  `More receipts are pending than the ${limit} that were taken. Call again when these are being read; until then they are found first.`;

/** A receipt that may not become a job. */
export interface RefusedReceipt {
  readonly receiptId: number;
  readonly code: ErrorCode;
}

export const refusalOf = (receiptId: number, verdict: Exclude<Verdict, 'new' | 'same'>): RefusedReceipt => ({
  receiptId,
  code: verdict === 'not_found' ? 'receipt_not_found' : verdict,
});

/** As answers tell them. */
export const skippedOf = (refused: readonly RefusedReceipt[]) =>
  refused.slice(0, SHOWN_ERRORS).map(({ receiptId, code }) => ({ receipt_id: receiptId, code }));

/** None of the receipts that somebody named is queued where one is refused. */
export function refusedBatch(
  input: Input,
  total: number,
  refused: readonly [RefusedReceipt, ...RefusedReceipt[]],
): AppError {
  const [first] = refused;
  return new AppError(
    first.code,
    `${refused.length} of ${total} receipts were refused, so none was queued; the first is receipt ${first.receiptId}.`,
    { fields: badIndexes(input, refused).slice(0, SHOWN_ERRORS) },
  );
}

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
    throw new AppError('batch_length_mismatch', `receipt_ids has length ${ids}, image_paths has length ${paths}.`, {
      fields: [{ pointer: '/image_paths', code: 'batch_length_mismatch', message: `holds ${paths}, not ${ids}` }],
    });
  }
}

/** Each place in the list that names a refused receipt, also where it stands there more than once. */
function badIndexes(input: Input, refused: readonly RefusedReceipt[]): FieldError[] {
  const codes = new Map(refused.map(({ code, receiptId }) => [receiptId, code]));
  return (input.receipt_ids ?? []).flatMap((receiptId, index) => {
    const code = codes.get(receiptId);
    return code ? [{ pointer: `/receipt_ids/${index}`, code, message: `Receipt ${receiptId}: ${code}.` }] : [];
  });
}

type ItemError = FieldError & { readonly code: ErrorCode };

/** Repeated ids with the same image are one item; with different images they contradict each other. */
function itemsOf(deps: Pick<HandlerDeps, 'blobs'>, input: Input): EnqueueItem[] {
  if (!input.image_paths) return [...new Set(input.receipt_ids)].map((subject) => ({ subject, asked: undefined }));
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
