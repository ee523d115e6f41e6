import { generationIdOf, ocrOf } from '../contract/job.ts';
import type { Receipt } from '../contract/operations/receipts.ts';
import { SAID_FIELDS, type SaidField } from '../contract/review.ts';
import type { ReceiptItemRow, ReceiptRow } from '../jobs/ocr/receipts.ts';

/** The reading that a receipt shows. */
export interface ShownReading {
  readonly attempt: number;
  readonly at: Date;
}

/** A receipt as lists show it. */
export function receiptView(
  { result_generation, set_by: _said, changes: _changes, review_since, review_ended, review, ...row }: ReceiptRow,
  items: ReceiptItemRow[] | null,
): Receipt {
  return {
    ...row,
    generation: result_generation,
    created_at: row.created_at.toISOString(),
    parsed_at: row.parsed_at?.toISOString() ?? null,
    review: review && {
      state: review,
      since: (review_since ?? row.created_at).toISOString(),
      ended_at: utcOrNull(review_ended?.at),
      ended_by: review_ended?.by ?? null,
      user_id: review_ended?.user ?? null,
      because: review_ended?.because ?? null,
    },
    evidence: null,
    items,
  };
}

const utcOrNull = (time: string | undefined) => (time === undefined ? null : new Date(time).toISOString());

/** Who set what, and what was changed: only for one receipt. */
export function provenanceView(
  row: ReceiptRow,
  reading: ShownReading | undefined,
): Pick<Receipt, 'fields' | 'changes'> {
  const fields = Object.fromEntries(SAID_FIELDS.map((field) => [field, provenanceOf(row, field, reading)]));
  return {
    // Each field of the list, by its name.
    fields: fields as NonNullable<Receipt['fields']>,
    changes: row.changes.map(({ user, at, ...change }) => ({
      ...change,
      at: new Date(at).toISOString(),
      user_id: user,
    })),
  };
}

function provenanceOf(row: ReceiptRow, field: SaidField, reading: ShownReading | undefined) {
  const said = row.set_by[field];
  const by = field === 'purchase_date' ? row.purchase_date_by : (said?.by ?? setterOf(row, field));
  const isRead = by === 'agent' && row.result_generation !== null;
  return {
    set_by: by,
    user_id: said?.user ?? (by === 'uploader' ? row.user_id : null),
    job_id: isRead ? generationIdOf({ ...ocrOf(row.id), generation: row.result_generation ?? 1 }) : null,
    attempt: isRead ? (reading?.attempt ?? null) : null,
    at: utcOrNull(said?.at) ?? (isRead ? ((reading?.at ?? row.parsed_at)?.toISOString() ?? null) : null),
    read: said?.read ?? null,
  };
}

/** Where nobody has said a field: the reading has, or the program that the row was adopted from. */
function setterOf(row: ReceiptRow, field: SaidField) {
  if (row.result_generation !== null) return field === 'items' || row[field] !== null ? ('agent' as const) : null;
  return field !== 'items' && row[field] !== null ? ('application' as const) : null;
}
