import { AppError } from '../contract/errors.ts';
import { editableFields } from '../contract/operations/update-receipt.ts';
import { editReceipt } from '../jobs/ocr/edit-receipt.ts';
import type { Handlers } from './pipeline.ts';
import { getReceipt } from './receipts.ts';
import { noSuchReceipt } from './refusals.ts';

export const updateReceipt: Handlers['updateReceipt'] = async ({ receipt_id, ...given }, caller) => {
  const edit = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (Object.keys(edit).length === 0) {
    const names = Object.keys(editableFields).join(', ');
    throw new AppError('invalid_argument', `Nothing to set: give at least one of ${names}.`);
  }
  const { db, tenant, userId } = caller;
  if (!(await editReceipt(db, tenant, receipt_id, userId, edit))) throw noSuchReceipt(receipt_id);
  return getReceipt({ receipt_id }, caller);
};
