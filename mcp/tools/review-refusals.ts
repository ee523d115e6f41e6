import { AppError, ERRORS, type ErrorCode, isAppError } from '../../src/contract/errors.ts';

/** Codes whose messages quote what stands in a field, which may have been read from the receipt; and what to do then. */
const QUOTING: Readonly<Partial<Record<ErrorCode, (receiptId: number) => string>>> = {
  receipt_changed_since: (id) =>
    `Nothing was written. Read what it is now with get_receipt {"receipt_id":${id}}, and send what is still true.`,
  set_by_person: () => ERRORS.set_by_person.hint,
};

/** A refusal of a review as a model may read it: which fields, without their values. */
export function withoutValues(error: unknown, receiptId: number): unknown {
  const hintOf = isAppError(error) ? QUOTING[error.code] : undefined;
  if (!isAppError(error) || hintOf === undefined) return error;
  const names = error.fields.map(({ pointer }) => pointer.slice(1)).filter((name) => name !== 'seen_version');
  const message = `${ERRORS[error.code].title}: ${names.join(', ')} of receipt ${receiptId}.`;
  return new AppError(error.code, message, {
    fields: names.map((name) => ({ pointer: `/${name}`, code: error.code, message })),
    hint: hintOf(receiptId),
  });
}
