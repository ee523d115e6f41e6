import { z } from 'zod';
import { fieldRule } from '../check-input.ts';
import { AMOUNT, currencyCode } from '../cost.ts';
import { money, time, userId } from '../fields.ts';
import { list } from '../list.ts';
import { operation } from '../operation.ts';
import { timeZoneName } from '../time-zone.ts';

const period = z.enum(['day', 'month']).describe('How long it lasts; then it begins anew.');

const amount = z
  .string()
  .check(
    fieldRule((text) =>
      AMOUNT.test(text)
        ? undefined
        : { code: 'format', message: 'amount must be a decimal string that is not negative, as "25.00".' },
    ),
  )
  .describe('A decimal string: "25.00". "0": no call is made at all.');

const timeZone = timeZoneName.describe('Where its days and months begin. Default: UTC.');

export const budget = z.object({
  user_id: z.int().nullable().describe('Whose calls it limits; null: those of the whole tenant together.'),
  currency: z.string().describe('Only calls that cost this currency count.'),
  period,
  time_zone: z.string(),
  amount: money,
  spent: money.describe('In the present period.'),
  left: money,
  over: money.describe('Spent beyond it, by calls that were in flight when it was used up.'),
  begins_at: time,
  ends_at: time,
  set_by: z.string(),
  set_at: time,
});
export type Budget = z.infer<typeof budget>;

const ofUser = userId.optional().describe('Whose calls. Left out: those of the whole tenant together.');

export const setBudget = operation({
  name: 'set_budget',
  summary: 'Limit what calls of the agent may cost in a day or a month, of one user or of the whole tenant.',
  input: z.strictObject({
    amount,
    currency: currencyCode,
    period,
    time_zone: timeZone.optional(),
    user_id: ofUser,
  }),
  output: budget,
  effect: 'write',
  scope: 'queue:admin',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['PUT', '/budgets'],
  cli: 'budget set <amount>',
});

export const removeBudget = operation({
  name: 'remove_budget',
  summary: 'Remove a budget: what it held up goes on.',
  input: z.strictObject({ currency: currencyCode, period, user_id: ofUser }),
  output: z.object({ removed: z.boolean().describe('false: there was none.') }),
  effect: 'write',
  scope: 'queue:admin',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['DELETE', '/budgets'],
  cli: 'budget remove',
});

export const listBudgets = operation({
  name: 'list_budgets',
  summary: 'The budgets, with what is spent of each and what is left.',
  ...list(
    { user_id: userId.optional().describe('Those that this user falls under. Default: all that you may see.') },
    { budgets: z.array(budget) },
  ),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/budgets'],
  cli: 'budget list',
});
