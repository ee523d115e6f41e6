import type { EditableField } from '../../contract/operations/update-receipt.ts';

/**
 * Reasons to look at a receipt that are settled once a person has set the field, as regular expressions that JavaScript
 * and PostgreSQL read alike. Low confidence and sums stay: they are about more than one field.
 */
const SETTLED: Readonly<Record<EditableField, string>> = {
  merchant_name: '^(no merchant was read|merchant_name )',
  purchase_date: '^(no purchase date was read|purchase_date )',
  total_amount: '^(no total was read|total_amount )',
  currency: '^(no currency was read|currency (?!of item))',
};

/** Whoever sets the date has seen the other one; a later reading that differs from it says so again. */
const DATES_DIFFER = '^the purchase date was read as ';

const isEditable = (name: string): name is EditableField => Object.hasOwn(SETTLED, name);

const patternsOf = (fields: readonly string[]) => fields.filter(isEditable).map((field) => SETTLED[field]);

/** The reasons that a person settles who sets these fields now. */
export function settledBy(fields: readonly string[]): string[] {
  return [...patternsOf(fields), ...(fields.includes('purchase_date') ? [DATES_DIFFER] : [])];
}

/** The reasons of a reading that are left where a person has set these fields before. */
export function unsettled(reasons: readonly string[], fields: readonly string[]): string[] {
  const settled = patternsOf(fields).map((pattern) => new RegExp(pattern));
  return reasons.filter((reason) => !settled.some((pattern) => pattern.test(reason)));
}

/** SQL: the fields that a person has set, of a row `s` of receipt_state. */
export const SET_BY_PERSON = `array(select key from jsonb_each(s.set_by) where value ->> 'by' = 'person' order by key)`;
