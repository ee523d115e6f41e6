import type { Budget } from '../contract/operations/budgets.ts';
import { type BudgetRow, listBudgets, removeBudget, setBudget } from '../ledger/money/budgets.ts';
import type { Cursors } from './cursors.ts';
import type { HandlerDeps } from './deps.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';

export function createSetBudget(deps: HandlerDeps): Handlers['setBudget'] {
  return async ({ amount, currency, period, time_zone = 'UTC', user_id }, { db, tenant, principal }) => {
    const key = { tenant, userId: user_id ?? null, currency, period };
    const row = await setBudget(db, key, { amount, timeZone: time_zone, by: `user ${principal.user}` });
    deps.notifier.changed([], { gate: true });
    return budgetView(row);
  };
}

export function createRemoveBudget(deps: HandlerDeps): Handlers['removeBudget'] {
  return async ({ currency, period, user_id }, { db, tenant }) => {
    const removed = await removeBudget(db, { tenant, userId: user_id ?? null, currency, period });
    if (removed) deps.notifier.changed([], { gate: true });
    return { removed };
  };
}

export function createListBudgets(cursors: Cursors): Handlers['listBudgets'] {
  return async (asked, { db, tenant, userId }) => {
    const { rows: budgets, next_cursor } = await listPage(cursors, asked, {
      list: ['list_budgets', tenant, userId ?? null],
      read: (page) => listBudgets(db, { tenant, userId, ...page }),
      view: budgetView,
      keyOf: ({ budget_no }) => [budget_no],
    });
    return { budgets, next_cursor };
  };
}

export function budgetView({ budget_no: _, begins_at, ends_at, set_at, ...row }: BudgetRow): Budget {
  return {
    ...row,
    begins_at: begins_at.toISOString(),
    ends_at: ends_at.toISOString(),
    set_at: set_at.toISOString(),
  };
}
