import { z } from 'zod';
import { type Fault, fieldRule } from '../check-input.ts';
import { quoted } from '../clean-text.ts';
import { lineText, money, purchaseDate, receiptId } from '../fields.ts';
import { operation } from '../operation.ts';
import { LIMITS } from '../policies.ts';
import { sumMismatch } from '../review.ts';
import { receipt } from './receipts.ts';

const AMOUNT = /^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/;
const CURRENCY = /^[A-Z]{3}$/;

/** A text of one form, which the message shows. */
const ofForm = (name: string, form: RegExp, says: string) =>
  fieldRule((text: string): Fault | undefined =>
    form.test(text) ? undefined : { code: 'format', message: `${name} must be ${says}, not ${quoted(text)}.` },
  );

const nameText = (name: string, maxChars: number) =>
  lineText(maxChars).check(ofForm(name, /^\S(.*\S)?$/su, 'a name without spaces around it'));
const amount = (name: string) => money.check(ofForm(name, AMOUNT, 'an amount as "12.50"'));
const currency = z.string().check(ofForm('currency', CURRENCY, 'a code of three capital letters, as EUR'));

/** Every value is as the receipt should show it; what is left out of an item that is there stays. */
export const itemEdit = z.strictObject({
  id: z.int().min(1).optional().describe('An item that is there; left out: a new one.'),
  item_name: nameText('item_name', 200).optional(),
  quantity: amount('quantity').nullable().optional(),
  unit_price: amount('unit_price').nullable().optional(),
  total_price: amount('total_price').nullable().optional(),
  currency: currency.nullable().optional(),
});
export type ItemEdit = z.infer<typeof itemEdit>;

/** What a person may set. An agent's reply may write the same values in many ways, a person's program in one. */
export const editableFields = {
  merchant_name: nameText('merchant_name', 255).optional().describe('The shop.'),
  purchase_date: purchaseDate.optional(),
  total_amount: amount('total_amount').optional().describe('The total as a decimal: "12.50".'),
  currency: currency.optional().describe('Its currency, as EUR.'),
  items: z
    .array(itemEdit)
    .max(LIMITS.editedItems)
    .optional()
    .describe('All items as they should be: one that is there is named by its id, one that is not named is removed.'),
};

/** What a caller has seen. */
export const seenVersion = z
  .int()
  .min(0)
  .optional()
  .describe('version of the receipt as you saw it: if it was changed since, nothing is written and you are told what.');

/** A receipt after somebody's word. */
export const editedReceipt = receipt.extend({
  sum_mismatch: sumMismatch
    .nullable()
    .describe('The items do not add up to the total; what was said is stored all the same.'),
});

export const updateReceipt = operation({
  name: 'update_receipt',
  summary: 'Correct fields and items of a receipt by hand: no later reading overwrites them.',
  input: z.strictObject({ receipt_id: receiptId, ...editableFields, seen_version: seenVersion }),
  output: editedReceipt,
  effect: 'write',
  scope: 'jobs:write',
  errors: ['receipt_not_found', 'receipt_changed_since', 'set_by_person', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['PATCH', '/receipts/{receipt_id}'],
  maxBodyBytes: LIMITS.batchBytes,
  cli: 'receipt update <receipt_id>',
});
