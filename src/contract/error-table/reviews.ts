import { row } from './row.ts';

/** Why a word about a receipt is refused. */
export const REVIEW_ERRORS = {
  receipt_changed_since: row(
    409,
    'never',
    false,
    'Somebody else has changed the receipt',
    'Nothing was written. Read the receipt again (GET /receipts/{id}) and send what is still true with its new version.',
  ),
  review_closed: row(
    409,
    'never',
    false,
    'The receipt is not in review',
    'Nothing was written. To correct it all the same, send fields alone (PATCH /receipts/{id}).',
  ),
  set_by_person: row(
    409,
    'never',
    false,
    'A person has set the field',
    'Nothing was written. An assistant does not overwrite a person; ask the person to correct it.',
  ),
} as const;
