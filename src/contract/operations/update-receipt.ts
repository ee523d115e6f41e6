import { z } from 'zod';
import { type Fault, fieldRule } from '../check-input.ts';
import { quoted } from '../clean-text.ts';
import { lineText, money, purchaseDate, receiptId } from '../fields.ts';
import { operation } from '../operation.ts';
import { receipt } from './receipts.ts';

const AMOUNT = /^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/;
const CURRENCY = /^[A-Z]{3}$/;

/** A text of one form, which the message shows. */
const ofForm = (name: string, form: RegExp, says: string) =>
  fieldRule((text: string): Fault | undefined =>
    form.test(text) ? undefined : { code: 'format', message: `${name} must be ${says}, not ${quoted(text)}.` },
  );

/** What a person may set. An agent's reply may write the same values in many ways, a person's program in one. */
export const editableFields = {
  merchant_name: lineText(255)
    .check(ofForm('merchant_name', /^\S(.*\S)?$/su, 'a name without spaces around it'))
    .optional()
    .describe('The shop.'),
  purchase_date: purchaseDate.optional(),
  total_amount: money
    .check(ofForm('total_amount', AMOUNT, 'an amount as "12.50"'))
    .optional()
    .describe('The total as a decimal: "12.50".'),
  currency: z
    .string()
    .check(ofForm('currency', CURRENCY, 'a code of three capital letters, as EUR'))
    .optional()
    .describe('Its currency, as EUR.'),
};
export type EditableField = keyof typeof editableFields;

export const updateReceipt = operation({
  name: 'update_receipt',
  summary: 'Correct fields of a receipt by hand: no later reading overwrites them.',
  input: z.strictObject({ receipt_id: receiptId, ...editableFields }),
  output: receipt,
  effect: 'write',
  scope: 'jobs:write',
  errors: ['receipt_not_found', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['PATCH', '/receipts/{receipt_id}'],
  cli: 'receipt update <receipt_id>',
});
