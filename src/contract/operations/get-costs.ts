import { z } from 'zod';
import { BILL } from '../bill-policy.ts';
import { fieldRule } from '../check-input.ts';
import { costs, paidCalls } from '../cost.ts';
import { userId } from '../fields.ts';
import { list } from '../list.ts';
import { operation } from '../operation.ts';

const COST_GROUPS = ['month', 'day', 'owner', 'model'] as const;

const isDay = (text: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;

const day = z
  .string()
  .check(
    fieldRule((text) => (isDay(text) ? undefined : { code: 'format', message: 'A day is YYYY-MM-DD, as 2026-11-27.' })),
  );

const { input, output } = list(
  {
    group: z.enum(COST_GROUPS).optional().describe('What a row is. Default: month.'),
    user_id: userId.optional().describe('Only what this user cost.'),
    from_day: day
      .optional()
      .describe('First day, in UTC. Default: the first of this month; of months, of the last twelve.'),
    to_day: day.optional().describe(`Last day, in UTC; at most ${BILL.mostDays} days. Default: today.`),
  },
  {
    group: z.enum(COST_GROUPS),
    from_day: z.string(),
    to_day: z.string(),
    rows: z.array(
      z.object({
        key: z.string().describe('The day, the month, the user id, or the model; of calls without a model: unknown.'),
        paid_calls: paidCalls,
        unpriced_calls: z.int().describe('Of those, calls whose cost nobody knows: they are in no amount.'),
        costs,
      }),
    ),
  },
);

export const getCosts = operation({
  name: 'get_costs',
  summary: 'What the calls of the agent cost, by month, day, owner or model; each currency for itself.',
  input,
  output,
  effect: 'read',
  scope: 'jobs:read',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/costs'],
  cli: 'queue costs',
});
