import type { Costs } from '../contract/cost.ts';
import type { Budget } from '../contract/operations/budgets.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import { skippedLines } from './skipped.ts';
import { shortTime, table } from './table.ts';

/** `0.0125 USD and 3 EUR` */
export const amountsText = (costs: Costs) => costs.map(({ amount, currency }) => `${amount} ${currency}`).join(' and ');

/** What a job's calls cost, in a sentence. */
export function billLine({ paid_calls, costs }: { readonly paid_calls: number; readonly costs: Costs }): string {
  const calls = `${paid_calls} call${paid_calls === 1 ? '' : 's'} of the agent ${paid_calls === 1 ? 'was' : 'were'} answered`;
  return costs.length === 0 ? `${calls}; what it cost is not known.` : `${calls}, for ${amountsText(costs)}.`;
}

export function costsText({ group, from_day, to_day, rows }: OutputOf<'getCosts'>): string[] {
  if (rows.length === 0) return [`No call of the agent was paid from ${from_day} to ${to_day}.`];
  return table([
    [group, 'calls', 'cost'],
    ...rows.map(({ key, paid_calls, unpriced_calls, costs }) => [
      key,
      String(paid_calls),
      [
        ...(costs.length === 0 ? [] : [amountsText(costs)]),
        ...(unpriced_calls === 0 ? [] : [`${unpriced_calls} not priced`]),
      ].join(', '),
    ]),
  ]);
}

const whose = (userId: number | null) => (userId === null ? 'everybody' : `user ${userId}`);

export function budgetsText(budgets: readonly Budget[]): string[] {
  if (budgets.length === 0) return ['No budgets.'];
  return table([
    ['budget of', 'a', 'amount', 'spent', 'left', 'until'],
    ...budgets.map(({ user_id, period, amount, spent, left, currency, ends_at }) => [
      whose(user_id),
      period,
      `${amount} ${currency}`,
      spent,
      left,
      shortTime(ends_at),
    ]),
  ]);
}

export function budgetText({ user_id, period, amount, currency, spent, left, ends_at, time_zone }: Budget): string[] {
  const then = left === '0' ? 'No further call begins' : `${left} ${currency} left`;
  return [
    `Calls for ${whose(user_id)} may cost ${amount} ${currency} a ${period} (${time_zone}).`,
    `${spent} ${currency} spent. ${then} until ${shortTime(ends_at)}.`,
  ];
}

/** What becomes of jobs that cost more than is left. */
export const budgetHolds = ({ user_id, period, currency, left, ends_at }: Budget, exceededBy: string): string =>
  `The budget of ${user_id === null ? 'the queue' : `user ${user_id}`} has ${left} ${currency} left this ${period}: these calls cost ${exceededBy} ${currency} more, so jobs would wait until ${shortTime(ends_at)}, or until it is raised.`;

const SOURCES = {
  configured: () => 'the configured price',
  recent_calls: (calls: number) =>
    calls === 1 ? 'what the latest call cost' : `the average of the latest ${calls} calls`,
} as const;

export function estimateText(told: OutputOf<'estimateBatchOcr'>): string[] {
  const { total, queued, deduplicated, skipped, stored_replies, agent_calls, price, cost, budgets, notes } = told;
  if (total === 0)
    return [
      skipped.length === 0 ? 'No receipt is pending.' : 'No receipt can be queued.',
      ...skippedLines(skipped),
      ...(notes ?? []),
    ];
  const stored = stored_replies === 0 ? '' : `; ${stored_replies} have a stored reply and cost nothing`;
  return [
    `${queued} new of ${total}, ${deduplicated} already have a job${stored}.`,
    cost && price
      ? `${agent_calls} calls of the agent would cost ${cost.amount} ${cost.currency}: ${price.per_call} ${price.currency} each, ${SOURCES[price.source](price.calls)}.`
      : `${agent_calls} calls of the agent; what they would cost is not known.`,
    ...budgets
      .filter(({ exceeded_by }) => exceeded_by === '0')
      .map(
        ({ user_id, period, left, currency }) =>
          `They fit into the budget of ${whose(user_id)} a ${period}: ${left} ${currency} left.`,
      ),
    ...skippedLines(skipped),
    ...(notes ?? []),
    'Nothing was queued.',
  ];
}
