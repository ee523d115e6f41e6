import { AppError, type FieldError } from '../../contract/errors.ts';
import { EDITABLE } from '../../contract/review.ts';
import type { SaidNow, StandingReceipt } from './edit.ts';
import type { Stored } from './stored.ts';

/** An assistant does not overwrite a person. */
export function refuseOverPerson(receiptId: number, { set_by }: Stored, changed: readonly SaidNow[]): void {
  const fields = changed
    .filter(({ field }) => set_by[field]?.by === 'person')
    .map(
      ({ field, from }): FieldError => ({
        pointer: `/${field}`,
        code: 'set_by_person',
        message: `${field} of receipt ${receiptId} is ${from ?? 'empty'}: user ${set_by[field]?.user ?? 'unknown'} has set it.`,
      }),
    );
  const [first] = fields;
  if (first) throw new AppError('set_by_person', first.message, { fields });
}

const WHO = { agent: 'by a reading', person: 'by a person', assistant: 'by an assistant', policy: 'by its expiry' };

/** Names what was changed since, by whom, and what it is now. */
export function changedSince(receiptId: number, { version, changes, values }: StandingReceipt, seen: number): AppError {
  const since = changes.filter((change) => change.version > seen);
  const names = new Set(since.flatMap(({ fields }) => fields.map(({ field }) => field)));
  const last = since.at(-1);
  const who =
    last === undefined ? '' : `, last ${WHO[last.by]}${last.user === null ? '' : ` (user ${last.user})`} at ${last.at}`;
  const message = `Receipt ${receiptId} is at version ${version}, not ${seen}: it was changed since${who}.`;
  return new AppError('receipt_changed_since', message, {
    fields: [
      { pointer: '/seen_version', code: 'receipt_changed_since', message: `version is ${version} now.` },
      ...EDITABLE.filter((name) => names.has(name)).map((name) => ({
        pointer: `/${name}`,
        code: 'receipt_changed_since',
        message: `${name} is ${values[name] ?? 'empty'} now.`,
      })),
      ...(names.has('items')
        ? [{ pointer: '/items', code: 'receipt_changed_since', message: 'The items are others now.' }]
        : []),
    ],
  });
}

export function notInReview(receiptId: number, { review, review_ended: end }: Stored): AppError {
  const how = end === null ? '' : `: user ${end.user ?? 'unknown'} ended it as ${review} at ${end.at}`;
  const message = `Receipt ${receiptId} is not in review${how}.`;
  return new AppError('review_closed', message, {
    fields: [{ pointer: '/receipt_id', code: 'review_closed', message }],
  });
}
