import { invalidArgument } from '../contract/check-input.ts';
import { AppError } from '../contract/errors.ts';
import { generationIdOf, ocrOf } from '../contract/job.ts';
import type { OpenReview } from '../contract/operations/reviews.ts';
import { editableFields } from '../contract/operations/update-receipt.ts';
import type { InputOf, OutputOf } from '../contract/queue-api.ts';
import type { Edit } from '../jobs/ocr/edit.ts';
import { editReceipt } from '../jobs/ocr/edit-receipt.ts';
import { readReceipt } from '../jobs/ocr/receipts.ts';
import { fieldsOf } from '../jobs/ocr/reply-fields.ts';
import { listOpenReviews, type OpenReviewRow } from '../jobs/ocr/reviews.ts';
import type { Caller } from './caller.ts';
import type { Cursors } from './cursors.ts';
import type { HandlerDeps } from './deps.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';
import { getReceipt, replyShown } from './receipts.ts';
import { noSuchReceipt } from './refusals.ts';

export function createListReviews(cursors: Cursors): Handlers['listReviews'] {
  return async (asked, { db, tenant, userId }) => {
    const { reason_code: reason } = asked;
    const { rows: reviews, next_cursor } = await listPage(cursors, asked, {
      list: ['list_reviews', tenant, userId ?? null, reason ?? null],
      read: (page) => listOpenReviews(db, { tenant, userId, reason, ...page }),
      view: reviewView,
      keyOf: ({ since, receipt_id }) => [since.toISOString(), receipt_id],
    });
    return { reviews, next_cursor };
  };
}

function reviewView({ since, generation, ...row }: OpenReviewRow): OpenReview {
  return {
    ...row,
    since: since.toISOString(),
    job_id: generation === null ? null : generationIdOf({ ...ocrOf(row.receipt_id), generation }),
  };
}

export function createSubmitReview(deps: HandlerDeps): Handlers['submitReview'] {
  return async (input, caller) => {
    if (input.confirm && input.reject !== undefined) {
      throw invalidArgument('reject', 'ambiguous', 'confirm and reject say the opposite; give one of them.');
    }
    return said(deps, input, caller, 'confirm, reject');
  };
}

export function createUpdateReceipt(deps: HandlerDeps): Handlers['updateReceipt'] {
  return async (input, caller) => said(deps, input, caller);
}

/** Writes a word about a receipt, and answers with the receipt as it is then. */
async function said(
  deps: HandlerDeps,
  { receipt_id: receiptId, seen_version, confirm, reject, ...given }: InputOf<'submitReview'>,
  caller: Caller,
  also?: string,
): Promise<OutputOf<'submitReview'>> {
  const { db, tenant, userId, principal, acting } = caller;
  const edit: Edit = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (Object.keys(edit).length === 0 && !confirm && reject === undefined) {
    const names = [...Object.keys(editableFields), ...(also === undefined ? [] : [also])].join(', ');
    throw new AppError('invalid_argument', `Nothing to set: give at least one of ${names}.`);
  }
  const row = await readReceipt(db, tenant, receiptId, userId);
  if (!row) throw noSuchReceipt(receiptId);
  const reply = await replyShown(db, row);
  const edited = await editReceipt(
    db,
    { tenant, receiptId, userId, tax: reply ? fieldsOf(reply).tax_amount : null },
    { by: acting ?? 'person', user: principal.user, edit, confirm, reject, seen: seen_version },
  );
  if (!edited) throw noSuchReceipt(receiptId);
  deps.notifier.changed([receiptId]);
  return { ...(await getReceipt({ receipt_id: receiptId }, caller)), sum_mismatch: edited.mismatch ?? null };
}
