import { describe, expect, it } from 'vitest';
import { asOwner } from '../../support/owner.ts';
import { errorOf, type Subject } from './subject.ts';

/** What calls cost, and what they may. */
export function costSuite(subject: () => Subject): void {
  const queue = () => subject().queue;

  describe('estimateBatchOcr, getCosts, listBudgets, setBudget and removeBudget', () => {
    it('[Q23] tell what an owner who was never called for has cost, and refuse days in the wrong order', async () => {
      const asked = { group: 'day', user_id: 611, from_day: '2026-01-01', to_day: '2026-01-31' } as const;
      expect(await queue().getCosts(asked, asOwner)).toMatchObject({ group: 'day', rows: [], next_cursor: null });
      const wrong = { ...asked, from_day: asked.to_day, to_day: asked.from_day };
      expect(await errorOf(queue().getCosts(wrong, asOwner))).toMatchObject({ code: 'invalid_argument' });
    });

    it('[Q23] estimate what a batch would make and cost, and refuse one of nothing', async () => {
      const told = await queue().estimateBatchOcr({ pending: true, user_id: 611 }, asOwner);
      expect(told).toMatchObject({ total: 0, queued: 0, skipped: [], agent_calls: 0, budgets: [] });
      expect(await errorOf(queue().estimateBatchOcr({ receipt_ids: [] }, asOwner))).toMatchObject({
        code: 'batch_empty',
      });
    });

    it('[Q23] set a budget, list it with what is left, and remove it once', async () => {
      const of = { currency: 'EUR', period: 'month', user_id: 611 } as const;
      const set = await queue().setBudget({ ...of, amount: '25.50', time_zone: 'Europe/Berlin' }, asOwner);
      expect(set).toMatchObject({ ...of, amount: '25.5', spent: '0', left: '25.5', time_zone: 'Europe/Berlin' });
      const { budgets } = await queue().listBudgets({ user_id: 611 }, asOwner);
      expect(budgets.filter(({ user_id }) => user_id === 611)).toEqual([set]);
      expect(await queue().removeBudget(of, asOwner)).toEqual({ removed: true });
      expect(await queue().removeBudget(of, asOwner)).toEqual({ removed: false });
      expect(await errorOf(queue().setBudget({ ...of, amount: '-1' }, asOwner))).toMatchObject({
        code: 'invalid_argument',
      });
    });
  });
}
